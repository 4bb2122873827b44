using System.Security.Cryptography;
using System.Text;
using E3.Relay.Helper.State;

namespace E3.Relay.Helper.Keys.Simulated;

/// <summary>The one user that the simulated key authority knows. The file is a shared credentials file of the AWS tools: <c>AWS_SHARED_CREDENTIALS_FILE</c> may name it.</summary>
internal sealed record SimulatedCredentials(string AccessKeyId, string SecretAccessKey)
{
    private const string IdLine = "aws_access_key_id = ";
    private const string SecretLine = "aws_secret_access_key = ";

    /// <summary>Loads the credentials, or makes them on the first run.</summary>
    public static SimulatedCredentials LoadOrCreate(string path)
    {
        if (!File.Exists(path))
        {
            var made = new SimulatedCredentials($"AKIASIMULATED{Convert.ToHexString(RandomNumberGenerator.GetBytes(4))}", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)));
            PrivateFile.Write(path, Encoding.ASCII.GetBytes($"# Of the simulated key authority; worth nothing at AWS.\n[default]\n{IdLine}{made.AccessKeyId}\n{SecretLine}{made.SecretAccessKey}\n"));
            return made;
        }

        string[] lines = File.ReadAllLines(path);
        return Find(lines, IdLine) is { Length: > 0 } id && Find(lines, SecretLine) is { Length: > 0 } secret
            ? new(id, secret)
            : throw new HelperRefusedException(ExitCode.StateUnusable, $"{path} is not a credentials file.");
    }

    public override string ToString() => nameof(SimulatedCredentials);

    private static string? Find(string[] lines, string start) => Array.Find(lines, line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
}
