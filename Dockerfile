# Two images from one file: `web` (web server, io worker, janitor; no torch) and `worker` (training and prediction).
#   docker build --target web -t image-recognition-web .
#   docker build --target worker -t image-recognition-worker .
# Any image with Python 3.11, 3.12 or 3.13 and its venv module will do as the base.
ARG PYTHON_IMAGE=python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS python
ENV PATH=/venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY requirements/pip.txt requirements/web.txt requirements/
RUN python3 -m venv /venv \
    && pip install --require-hashes -r requirements/pip.txt \
    && pip install --no-deps --require-hashes -r requirements/web.txt
# Fixed, so that the files in the volume belong to the same user after every update.
RUN useradd --system --uid 10001 --create-home app \
    && install -d -o app -g app /data
ENV DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8000

# The product's own files, with the browser files and what the build arguments name.
FROM python AS files
COPY requirements/assets.txt requirements/
RUN pip install --no-deps --require-hashes -r requirements/assets.txt
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev
COPY . .
RUN python -m embedded.assets && rm -rf node_modules && pybabel compile -d webapp/translations
ARG VIA_URL=
ARG VIA_SHA256=
RUN mkdir -p static/via \
    && if [ -n "$VIA_URL" ]; then python -m embedded.downloads "$VIA_URL" "$VIA_SHA256" static/via/via.html; fi

FROM python AS web
COPY --from=files /app /app
USER app
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s CMD ["python", "-m", "embedded.healthcheck", "web"]
CMD ["gunicorn", "webapp.wsgi:app"]

# Detectron2 and torch change seldom, the product often: they lie below its files.
FROM python AS python-jobs
COPY requirements/jobs.txt requirements/detectron2.txt requirements/
COPY embedded/__init__.py embedded/
COPY embedded/packages embedded/packages/
# 1: torch without CUDA, where the package index offers it.
ARG CPU_ONLY=
RUN lock=requirements/jobs.txt \
    && if [ "$CPU_ONLY" = 1 ] && python -m embedded.packages.cpu_build "$lock" /tmp/jobs.txt; then lock=/tmp/jobs.txt; fi \
    && pip install --no-deps --require-hashes -r "$lock" \
    && pip install --use-pep517 --no-build-isolation --no-deps --require-hashes -r requirements/detectron2.txt

FROM python-jobs AS worker
COPY --from=files /app /app
ARG COCO_WEIGHTS_URL=
ARG COCO_WEIGHTS_SHA256=
RUN mkdir -p pretrained/model_zoo \
    && if [ -n "$COCO_WEIGHTS_URL" ]; then \
         python -m embedded.downloads "$COCO_WEIGHTS_URL" "$COCO_WEIGHTS_SHA256" /tmp/coco.pkl \
         && python -m jobs.detection.network.convert_coco_weights \
              /tmp/coco.pkl pretrained/model_zoo/mask_rcnn_R_50_FPN_3x.safetensors \
         && rm /tmp/coco.pkl; \
       fi
USER app
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["python", "-m", "embedded.healthcheck", "train"]
CMD ["python", "-m", "jobs.processes.worker", "train"]
