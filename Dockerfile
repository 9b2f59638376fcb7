# One image for every target: `millrace run --target order,stock ...`.
FROM golang:1.26 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/build-cache --mount=type=cache,target=/go/pkg/mod \
    GOCACHE=/build-cache CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/bin/millrace ./services/cmd/millrace \
 && mkdir -p /out/state

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/bin/millrace /usr/bin/millrace
# A new volume mounted here takes over this owner.
COPY --from=build --chown=65532:65532 /out/state /var/lib/millrace
WORKDIR /var/lib/millrace
VOLUME /var/lib/millrace
EXPOSE 8080
ENTRYPOINT ["/usr/bin/millrace"]
CMD ["--help"]
