# Two images: `node` (tracker, provider and the lunarx command; no Kubernetes client in it) and `operator`.
#
#   docker build --target node -t lunarx-node:dev .
#   docker build --target operator -t lunarx-operator:dev .
#
# For a release, pin the base by digest too:
#   docker buildx imagetools inspect docker.io/library/node:24.21.0-bookworm-slim     # prints the digest
#   docker build --build-arg BASE=docker.io/library/node:24.21.0-bookworm-slim@sha256:... --target node .
#
# Layers go from what rarely changes (base, packages) to what often does (our code): a node that has yesterday's image
# takes only the last, small layer of today's.

ARG BASE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${BASE} AS base
WORKDIR /app

FROM base AS sources
COPY . .
RUN mkdir /manifests && cp --parents package.json package-lock.json */package.json node/*/package.json /manifests/

# Only what decides which packages are installed: a change of code leaves the layers made from it cached.
FROM base AS manifests
COPY --from=sources /manifests ./

# Install scripts are off in all stages: no package needs what one does.
FROM manifests AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY --from=sources /app ./
RUN node_modules/.bin/tsc --build tsconfig.build.json
RUN gather() { to=$1; shift; for from; do mkdir -p $to/$from && cp -r $from/package.json $from/dist $to/$from/; done; } \
  && find node operator -name '*.tsbuildinfo' -delete \
  && gather /out/node node/* \
  && gather /out/operator node/core node/wire node/runtime node/net operator \
  && node hack/images/bundle.ts /out/node/bundle node/cli/dist/main.js \
  && node hack/images/bundle.ts /out/operator/bundle operator/dist/main.js operator/dist/plugin/main.js

# Type declarations, sources and source maps of packages are half of their size and nothing reads them here.
FROM manifests AS node-packages
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @lunarx/cli --workspace @lunarx/index \
  && find node_modules $(ls -d node/*/node_modules 2>/dev/null) \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete \
  && mkdir /out && cp --parents -r node_modules $(ls -d node/*/node_modules 2>/dev/null) /out/

FROM manifests AS operator-packages
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace @lunarx/operator \
  && find node_modules $(ls -d node/*/node_modules operator/node_modules 2>/dev/null) \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' \) -delete \
  && mkdir /out && cp --parents -r node_modules $(ls -d node/*/node_modules operator/node_modules 2>/dev/null) /out/

# What both images are: no root, nothing written outside mounted volumes and /tmp, so the root filesystem can be read-only.
FROM base AS runtime
ENV NODE_ENV=production
USER 65532:65532

FROM runtime AS node
LABEL org.opencontainers.image.title="lunarx-node" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=node-packages /out /app
COPY hack/images/lunarx /usr/local/bin/lunarx
COPY --from=build /out/node /app
ENTRYPOINT ["lunarx"]

FROM runtime AS operator
LABEL org.opencontainers.image.title="lunarx-operator" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=operator-packages /out /app
COPY hack/images/lunarx-operator hack/images/kubectl-lunarx /usr/local/bin/
COPY --from=build /out/operator /app
ENTRYPOINT ["lunarx-operator"]
