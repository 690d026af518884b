# One image for web, worker, beat and migrations.
FROM python:3.13-slim-bookworm AS packages
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
       fonts-liberation2 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /home/schoolops schoolops
COPY --from=packages /opt/venv /opt/venv
WORKDIR /opt/schoolops
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=schoolops.settings.production \
    SCHOOLOPS_DATA_DIR=/srv/schoolops
# Static files belong to the image; of the data folder only files/ is a volume. Nothing here is a secret that lasts.
RUN mkdir -p /srv/schoolops/files \
    && SCHOOLOPS_SECRET_KEY=build SCHOOLOPS_DB_HOST=none SCHOOLOPS_BROKER_URL=memory://localhost/ SCHOOLOPS_ALLOWED_HOSTS=none \
       python manage.py collectstatic --noinput --verbosity 0 \
    && chown -R schoolops /srv/schoolops/files
USER schoolops
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.py", "--bind", "0.0.0.0:8000"]
