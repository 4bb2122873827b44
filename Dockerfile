# Images of the proxy and of the helper:
#   docker build --target proxy -t e3-relay-proxy .
#   docker build --target helper -t e3-relay-helper .

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils clang cmake libssl-dev lld make zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .

# One command for each program: what a program starts is not part of its own output.
FROM build AS publish-proxy
RUN dotnet publish proxy -c Release -r linux-x64 --no-self-contained -p:RestoreLockedMode=true -o /out/proxy

FROM build AS publish-helper
RUN dotnet publish enclave/Host -c Release -r linux-x64 -p:RestoreLockedMode=true -o /out/host
RUN dotnet publish helper -c Release -r linux-x64 --no-self-contained -p:RestoreLockedMode=true -o /out/helper

# The base image's port setting would be inherited by every program started from here; addresses come from the configuration alone.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS runtime
ENV ASPNETCORE_HTTP_PORTS= \
    DOTNET_EnableDiagnostics=0 \
    DOTNET_NOLOGO=1
WORKDIR /app
USER $APP_UID

FROM runtime AS proxy
COPY --from=publish-proxy /out/proxy .
ENTRYPOINT ["/app/E3.Relay.Proxy"]

FROM runtime AS helper
COPY --from=publish-helper /out/helper .
COPY --from=publish-helper /out/host/E3.Relay.Enclave.Host .
ENTRYPOINT ["/app/E3.Relay.Helper"]
