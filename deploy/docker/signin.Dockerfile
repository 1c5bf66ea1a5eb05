# The sign-in page of the demo, for trying out: it makes an account for whoever asks.
FROM scratch
COPY signin /usr/local/bin/signin
USER 65532:65532
EXPOSE 4455
ENTRYPOINT ["/usr/local/bin/signin"]
CMD ["serve", "--address", ":4455"]
