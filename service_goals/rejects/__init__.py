"""What was rejected: choosing of it, showing it, publishing it again. Reading it is `client.rejects`."""
