using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace E3.Relay.Helper.Keys.Aws;

/// <summary>What stands around each call of KMS: one limit of time for all attempts, repetitions with jitter, a circuit breaker, and a limit for each attempt.</summary>
internal static class KmsPipeline
{
    private const int BreakAfterFailuresOf = 8;
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BreakSampling = TimeSpan.FromSeconds(30);

    public static ResiliencePipeline<KeyAuthorityAnswer> Create(AwsKmsOptions options, TimeProvider time)
    {
        PredicateBuilder<KeyAuthorityAnswer> transient = new PredicateBuilder<KeyAuthorityAnswer>()
            .HandleResult(static answer => answer.Error.IsTransient())
            .Handle<TimeoutRejectedException>();
        return new ResiliencePipelineBuilder<KeyAuthorityAnswer> { TimeProvider = time }
            .AddTimeout(options.CallTimeout)
            .AddRetry(new RetryStrategyOptions<KeyAuthorityAnswer>
            {
                ShouldHandle = transient,
                MaxRetryAttempts = options.RetriesMax,
                Delay = options.RetryDelay,
                MaxDelay = RetryDelayMax,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<KeyAuthorityAnswer>
            {
                ShouldHandle = transient,
                FailureRatio = 0.9,
                MinimumThroughput = BreakAfterFailuresOf,
                SamplingDuration = BreakSampling,
                BreakDuration = options.BreakDuration,
            })
            .AddTimeout(options.AttemptTimeout)
            .Build();
    }
}
