FROM node:22-slim AS base
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/* \
  && npm install --global --no-fund --no-audit @anthropic-ai/claude-code@2
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-fund --no-audit
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-fund --no-audit

FROM base
ENV NODE_ENV=production ORCH_DATA_DIR=/app/data
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
COPY --from=build /app/agents ./agents
COPY --from=build /app/demo ./demo
# Hooks are run by the wrapper; the reference hook may be named in deploy_hook.script.
COPY --from=build /app/scripts/deploy-wrapper.sh /app/scripts/deploy-hook.sh ./scripts/
# What `/health` tells as the commit it serves: docker build --build-arg COMMIT_SHA=$(git rev-parse HEAD)
ARG COMMIT_SHA=
RUN if [ -n "$COMMIT_SHA" ]; then echo "$COMMIT_SHA" >COMMIT; fi
RUN mkdir -p /app/data && chown node:node /app/data
USER node
VOLUME /app/data
EXPOSE 8500 8502
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8500/health').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/orchestrator.mjs"]
CMD ["start"]
