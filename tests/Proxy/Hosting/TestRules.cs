namespace E3.Relay.Proxy.Tests.Hosting;

/// <summary>Rule files that most tests use.</summary>
internal static class TestRules
{
    public const string Public = """
        app: shop
        rules:
          - id: card-in
            match: {path: /checkout/**, methods: [POST, PUT]}
            request:
              - encrypt:
                  json: [$.card.number, $.card.cvc]
                  form: [card_number, "card[cvc]"]
                role: card
          - id: retry
            match: {path: /retry/**, methods: [POST]}
            request:
              - encrypt: {json: [$.card.number]}
                role: card
                incoming: verify
          - id: bound
            match: {path: /bound/**, methods: [POST]}
            request:
              - encrypt: {json: [$.card.number]}
                role: card
                bind: ["path:2"]
          - id: card-masked
            match: {path: /orders/**, methods: [GET, HEAD]}
            response:
              - mask: {last: 4, json: ["$..number"]}
                role: card
          - id: both
            match: {path: /both/**, methods: [POST]}
            request:
              - encrypt: {json: [$.card.number]}
                role: card
            response:
              - mask: {last: 4, json: ["$..number"]}
                role: card
        """;

    public const string Readers = """
        app: shop
        rules:
          - id: card-out
            match: {path: /orders/**, methods: [GET, HEAD]}
            response:
              - decrypt: {json: ["$..number"]}
                role: card
          - id: one-out
            match: {path: /order/**, methods: [GET, HEAD]}
            response:
              - decrypt: {json: [$.number]}
                role: card
        """;
}
