using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace E3.Relay.Helper.Admin;

/// <summary>Asks the helper that runs on a state folder.</summary>
internal sealed class AdminClient(string stateFolder) : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(State.StateFolder.AdminSocketIn(Path.GetFullPath(stateFolder))), cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    { BaseAddress = new("http://helper"), Timeout = Timeout };

    /// <summary>Makes a request.</summary>
    /// <exception cref="HelperRefusedException">No helper answers, or it refuses.</exception>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> json, CancellationToken cancellationToken, byte[]? body = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new ByteArrayContent(body) };
            using HttpResponseMessage response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync(json, cancellationToken).ConfigureAwait(false))!;
            AdminError? error = await response.Content.ReadFromJsonAsync(AdminJson.Default.AdminError, cancellationToken).ConfigureAwait(false);
            throw new HelperRefusedException(ExitCode.Refused, $"Refused: {error?.Error}.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new HelperRefusedException(ExitCode.Refused, "The helper answered with something else than expected; its log may say why.");
        }
        catch (Exception e) when (e is HttpRequestException or ArgumentOutOfRangeException)
        {
            throw new HelperRefusedException(ExitCode.NotRunning, $"No helper answers on the state folder {stateFolder}.");
        }
    }

    /// <summary>Has something made, and copies it.</summary>
    /// <exception cref="HelperRefusedException">No helper answers, or it refuses, or the answer breaks off.</exception>
    public async Task DownloadAsync(string path, Stream destination, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                AdminError? error = await response.Content.ReadFromJsonAsync(AdminJson.Default.AdminError, cancellationToken).ConfigureAwait(false);
                throw new HelperRefusedException(ExitCode.Refused, $"Refused: {error?.Error}.");
            }

            await response.Content.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or ArgumentOutOfRangeException)
        {
            throw new HelperRefusedException(ExitCode.NotRunning, $"No helper answers on the state folder {stateFolder}.");
        }
    }

    public void Dispose() => _client.Dispose();
}
