# What docker/compose.yml asks of the image mariadb:10.11, from Debian's packages.
FROM node:20-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends mariadb-server && rm -rf /var/lib/mysql/*
COPY mariadb-entrypoint.sh mariadb-health.sh /usr/local/bin/
RUN cd /usr/local/bin && mv mariadb-health.sh healthcheck.sh && chmod 755 mariadb-entrypoint.sh healthcheck.sh \
  && install -d -o mysql -g mysql /var/lib/mysql /run/mysqld
VOLUME /var/lib/mysql
USER mysql
ENTRYPOINT ["mariadb-entrypoint.sh"]
CMD ["mariadbd"]
