namespace E3.Relay.Testing;

/// <summary>Waits until a server answers.</summary>
public static class HttpWait
{
    /// <summary>Asks with GET until the answer is a success.</summary>
    /// <param name="uri">What to ask for.</param>
    /// <param name="bound">How long to go on asking; <see cref="TimeBound.Default"/> when not given.</param>
    /// <param name="program">The program that is to answer: its end ends the waiting at once, and its output is in the error.</param>
    /// <exception cref="TimeoutException">No success in time.</exception>
    public static async Task ForOkAsync(Uri uri, TimeSpan? bound = null, ChildProgram? program = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var timeout = new CancellationTokenSource(bound ?? TimeBound.Default);
        var last = "no answer";
        while (!timeout.IsCancellationRequested)
        {
            if (program is { HasExited: true })
                throw new InvalidOperationException($"{program.Name} ended before {uri} answered.\n{program.Transcript}");

            try
            {
                using var response = await client.GetAsync(uri, timeout.Token);
                if (response.IsSuccessStatusCode)
                    return;

                last = $"status {(int)response.StatusCode}";
                await Task.Delay(TimeBound.Poll, timeout.Token);
            }
            catch (HttpRequestException exception)
            {
                last = exception.Message;
                await Task.Delay(TimeBound.Poll);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                break;
            }
        }

        throw new TimeoutException($"{uri} did not answer with success in time; last: {last}.\n{program?.Transcript}");
    }
}
