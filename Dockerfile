FROM python:3.13-slim
WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation .
RUN useradd --create-home service-goals && install -d -o service-goals -g service-goals /home/service-goals/data
USER service-goals
WORKDIR /home/service-goals
ENTRYPOINT ["service-goals"]
CMD ["worker"]
