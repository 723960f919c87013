# Installs exactly what the lock file says, compiles, and gathers what is needed to run under /image.
FROM docker.io/library/node:24-trixie AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-fund --no-audit
COPY tsconfig.json ./
COPY src src
# Node.js is the lock file's too, so the image runs on the very one that the tests ran on. Of better-sqlite3 only this
# platform's library is kept.
RUN npm run -s compile && find dist -name '*.map' -delete \
 && mkdir -p /image/app /image/state \
 && strip -o /image/node node_modules/node-linux-*/bin/node \
 && npm prune --omit=dev --omit=optional --no-fund --no-audit \
 && cd node_modules \
 && find better-sqlite3/prebuilds -type f ! -name "linux-$(/image/node -p process.arch).node" -delete \
 && rm -rf .bin node-addon-api better-sqlite3/deps better-sqlite3/src better-sqlite3/binding.gyp \
 && find . -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.md' \
      -o -name '*.yml' -o -name '.*' \) ! -iname 'licen[cs]e*' -delete \
 && find . -type d -empty -delete \
 && mv /app/package.json /app/dist /app/node_modules /image/app \
 && install -d -m 0700 /image/state/entra-risk-forwarder

# No shell, no package manager: the C and C++ libraries, certificates and time zones.
FROM gcr.io/distroless/cc-debian13:nonroot
LABEL org.opencontainers.image.title="entra-risk-forwarder" \
      org.opencontainers.image.description="Forwards Microsoft Entra ID Protection sign-ins and risks to a SIEM as syslog/CEF, and loses none" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image/node /usr/bin/node
COPY --from=build /image/app /app
COPY --from=build --chown=65532:65532 /image/state /var/lib
USER 65532:65532
WORKDIR /var/lib/entra-risk-forwarder
VOLUME /var/lib/entra-risk-forwarder
EXPOSE 9464
STOPSIGNAL SIGTERM
# Keeps the memory small: without it, what pages of Graph have left behind stays with the process. Up to 8 MiB at
# the end of its heap stay, and gaps before them: a page is unpacked there, not into memory that the kernel clears anew.
ENV NODE_OPTIONS=--max-semi-space-size=8 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=8388608 MALLOC_TRIM_THRESHOLD_=8388608
# Where it is started with another configuration file, the check needs it too.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
  CMD ["node", "/app/dist/main.js", "health", "--config", "/etc/entra-risk-forwarder/config.yaml"]
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["run", "--config", "/etc/entra-risk-forwarder/config.yaml"]
