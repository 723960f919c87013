# Build: install exactly what the lock file says, compile, keep the runtime packages only.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json ./
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.json && npm prune --omit=dev --omit=optional --no-fund --no-audit

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN install -d -o node -g node -m 0700 /var/lib/entra-risk-forwarder
USER node
VOLUME /var/lib/entra-risk-forwarder
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/entra-risk-forwarder/config.yaml"]
