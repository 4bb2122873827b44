// The codes of docs/errors.md, and the two ways in which a session can fail.
export const names = new Map([
  [0, 'None'], [1, 'FrameLengthInvalid'], [2, 'VersionUnsupported'], [3, 'FrameUnsigned'], [4, 'CallerUnknown'], [5, 'SequenceInvalid'],
  [6, 'ChannelMismatch'], [7, 'SignatureInvalid'], [8, 'HelloOutOfPlace'], [9, 'MessageMalformed'], [10, 'CallUnknown'],
  [20, 'GrantUntrusted'], [21, 'GrantExpired'], [22, 'GrantNotYetValid'], [23, 'GrantOtherFleet'], [24, 'GrantRevoked'], [25, 'CallNotGranted'],
  [26, 'OperationNotGranted'], [27, 'AppNotGranted'], [28, 'RoleNotGranted'], [29, 'LimitExceeded'], [40, 'PhaseInvalid'], [41, 'EngineFailed'],
  [50, 'AppUnknown'], [51, 'KeyNotLoaded'], [52, 'KeyExists'], [53, 'KeyNotRetirable'], [60, 'TokenMalformed'], [61, 'TokenRejected'],
  [62, 'ValueInvalid'], [63, 'MaskTooWide'], [64, 'StreamUnknown'], [70, 'RootRejected'], [71, 'GenesisUntrusted'], [72, 'EntryRejected'], [73, 'ChecksumMismatch'],
  [74, 'OrderUntrusted'], [80, 'AttestationUnavailable'], [90, 'Busy'],
]);

export const nameOf = (code) => names.get(code) ?? `code ${code}`;

/** The engine refused a call, or one field of it. */
export class EngineRefusal extends Error {
  constructor(code) {
    super(`${nameOf(code)} (${code})`);
    this.name = 'EngineRefusal';
    this.code = code;
  }
}

/** What the engine shows is not what this client trusts. Nothing was sent to it but a Hello. */
export class AttestationRefusal extends Error {
  constructor(reason) {
    super(reason);
    this.name = 'AttestationRefusal';
  }
}

/** The connection is gone, or what came over it is no answer. */
export class ConnectionLost extends Error {
  constructor(reason) {
    super(reason);
    this.name = 'ConnectionLost';
  }
}
