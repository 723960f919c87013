# Build: install exactly what the lock file says, compile, keep the runtime packages only.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json ./
COPY src src
RUN npm run -s compile && npm prune --omit=dev --omit=optional --no-fund --no-audit

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
RUN install -d -o node -g node -m 0700 /var/lib/entra-risk-forwarder
USER node
VOLUME /var/lib/entra-risk-forwarder
# On the port of http.listen's default; a daemon that blocks its event loop does not answer.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9464/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/entra-risk-forwarder/config.yaml"]
