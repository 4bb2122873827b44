return await E3.Relay.Proxy.ProxyProgram.RunAsync(args);
