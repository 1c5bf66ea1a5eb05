# The mock of Meta and of the SMS provider, for development and CI. It needs no disk.
# Whoever reaches the control API (4491) can read every code.
FROM scratch
COPY mockmeta /usr/local/bin/mockmeta
USER 65532:65532
EXPOSE 4490 4491
ENTRYPOINT ["/usr/local/bin/mockmeta"]
CMD ["serve", "--allow-remote", "--api", ":4490", "--control", ":4491"]
