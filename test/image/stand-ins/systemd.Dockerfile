# A machine with systemd where docs/operators.md was followed, but for what `npm run setup` builds.
FROM stackscape AS built

FROM node:20-bookworm-slim
ARG DOCKER_GID
ARG SETTINGS
RUN apt-get update \
  && apt-get install -y --no-install-recommends systemd dbus mariadb-server redis-server busybox-static \
  && systemctl mask mariadb redis-server && ln -s /usr/local/bin/node /usr/bin/node
COPY --from=built /app /opt/stackscape
COPY packaging /opt/stackscape/packaging
# The steps of the guide.
RUN cd /opt/stackscape && (getent group "$DOCKER_GID" || groupadd --gid "$DOCKER_GID" docker) \
  && useradd --system --home-dir /var/lib/stackscape --shell /usr/sbin/nologin stackscape \
  && install -d -m 0700 /etc/stackscape \
  && install -m 0600 packaging/systemd/stackscape.env /etc/stackscape/stackscape.env \
  && echo "$SETTINGS" | tr ' ' '\n' >>/etc/stackscape/stackscape.env \
  && install -m 0644 packaging/systemd/stackscape.service /etc/systemd/system/ \
  && systemctl enable stackscape
STOPSIGNAL SIGRTMIN+3
CMD ["/lib/systemd/systemd"]
