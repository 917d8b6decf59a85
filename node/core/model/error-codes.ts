/**
 * Every stable error code, with what it means and what to do. `docs/ERRORS.md` is generated from this table.
 *
 * @module
 */
export interface ErrorEntry {
  readonly retryable: boolean
  readonly meaning: string
  readonly remedy: string
}

const entry = (retryable: boolean, meaning: string, remedy: string): ErrorEntry => ({ retryable, meaning, remedy })

export const ERRORS = {
  ABORTED: entry(false, 'The caller aborted the operation.', 'Nothing: it was asked for.'),
  BAD_ADDRESS: entry(
    false,
    'Bytes do not hash to the address they were asked or sent under.',
    'Another shard is used; the provider is reported.',
  ),
  BAD_CONFIG: entry(false, 'A configuration file, flag or environment variable is missing or malformed.', 'Correct the named field.'),
  BAD_GRANTEE: entry(
    false,
    'This is not the address of an owner to share with.',
    'Ask the grantee for what `lunarx key address` prints, and copy all of it.',
  ),
  BAD_MESSAGE: entry(false, 'A message is malformed, too long or breaks a stated limit.', 'Update the older of the two peers.'),
  BAD_NAME: entry(false, 'The name of an object is empty or longer than 1,024 bytes of UTF-8.', 'Choose a shorter name.'),
  BAD_POLICY: entry(
    false,
    'The commit policy of a put is not one that its class can keep.',
    'Choose a margin from 0 to the parity shards of the class.',
  ),
  BAD_RANGE: entry(false, 'A range of bytes does not consist of whole numbers from 0 on.', 'Correct offset and length.'),
  BAD_SIGNATURE: entry(false, 'A signed document does not verify under the key it names.', 'Fetch the document again from another peer.'),
  BAD_TRANSCRIPT: entry(
    false,
    'The transcript of an audit proves nothing: its parts do not fit together, or are not signed by whom they name.',
    'Get it from another tracker; what it says is not to be believed.',
  ),
  BAD_WORDS: entry(
    false,
    'These are not the 24 recovery words of an owner secret.',
    'Check spelling and order; the words are those of the BIP-39 English list.',
  ),
  CLUSTER_REFUSED: entry(true, 'The Kubernetes API server refused a request.', 'See status and reason; check the rights of the operator.'),
  CLUSTER_UNREACHABLE: entry(true, 'The Kubernetes API server cannot be reached.', 'Wait for it; the data path goes on without it.'),
  CREDENTIAL_EXPIRED: entry(
    true,
    'The membership credential of a peer, or its certificate, is not valid now by the clock of whoever looked.',
    'The peer renews it from the issuer; check the clocks.',
  ),
  CREDENTIAL_REQUIRED: entry(
    false,
    'The peer has no membership credential of this network, or its role may not make this call.',
    'Enrol with the network of the resource.',
  ),
  CREDENTIAL_REVOKED: entry(
    false,
    'The network has revoked the membership of the peer.',
    'Whoever runs the network decides: spec.revoked of the LunarNetwork. With a key of its own made anew it is another peer.',
  ),
  ENROLMENT_REFUSED: entry(
    false,
    'The issuer does not accept the token or the proof of the key.',
    'Check audience, service account and network name.',
  ),
  FULL: entry(true, 'The provider has no room for the reservation.', 'Add providers or grow volumes.'),
  GIVING_WAY: entry(
    true,
    'The provider is giving its shard up, since another holder has the same one: nobody else may do so in reliance on it.',
    'Try again; then it is gone, or stays.',
  ),
  INTERNAL: entry(true, 'The peer failed in a way that it did not foresee.', 'Try again; if it stays, see the log of that peer.'),
  DRAINING: entry(true, 'The provider is being drained and takes no new shards.', 'Use another provider.'),
  INTERRUPTED: entry(true, 'The connection ended before the answer was complete.', 'Try again.'),
  LEASE_OVER: entry(
    false,
    'The owner let its lease run out: nothing new is kept, and what was kept goes.',
    'Renew it with `lunarx lease renew`; `lunarx restore --dry-run` says what is still there.',
  ),
  NAME_NOT_FOUND: entry(
    false,
    'The owner has no object of this name.',
    'List the names with `lunarx ls`; another owner secret has other names.',
  ),
  NAME_TAKEN: entry(
    false,
    'A Kubernetes object that the operator needs exists already and belongs to somebody else.',
    'Rename the resource, or remove the object in its way.',
  ),
  NOT_ENOUGH_HOLDERS: entry(
    true,
    'Too few providers confirm their shards of a set; nothing was named.',
    'Try again; see `lunarx status` for providers that are away.',
  ),
  NO_ROOM: entry(
    true,
    'No placement meets the domain rule of the class with the providers at hand.',
    'Add providers, domains or space; detail says how many are short.',
  ),
  NOT_ENOUGH_REPLICAS: entry(
    true,
    'Too few replicas of a row answered to acknowledge a write or to prove an absence.',
    'Try again; see `lunarx status` for lost providers.',
  ),
  NOT_ENOUGH_TRACKERS: entry(
    true,
    'Too few of the trackers that keep a set have taken what its owner said of it; nothing was shared.',
    'Try again; see `lunarx status` for trackers that are away.',
  ),
  OBJECT_TOO_LARGE: entry(false, 'The manifest of the object would not fit a row.', 'Cut the object into parts.'),
  PEER_UNREACHABLE: entry(true, 'No connection to the peer within its time limit.', 'Try again; the peer may be restarting.'),
  QUOTA_EXCEEDED: entry(
    true,
    'The peer or the owner has as much reserved with a provider as the provider lets one of them have.',
    'Store or release what is reserved, or wait until it expires; detail says which limit.',
  ),
  RESERVATION_INVALID: entry(
    false,
    'A reservation key is unknown, expired, used up, was given to another peer, or would put two shards of a set in one place.',
    'Reserve again.',
  ),
  SHARD_DAMAGED: entry(
    false,
    'What the provider has of the shard does not match its address, or cannot be read any more.',
    'Another shard is used; the provider drops this one and repair replaces it.',
  ),
  SHARD_NOT_FOUND: entry(false, 'The provider does not hold the shard.', 'Another shard is used; repair replaces it.'),
  STALE_EPOCH: entry(true, 'The call names an epoch that the peer has left, or has not reached.', 'Fetch the newest epoch and repeat.'),
  STOPPING: entry(true, 'The peer is about to stop and takes nothing new.', 'Use another peer, or try again in a minute.'),
  STORE_FAILED: entry(true, 'The local disk, store or backend refused an operation.', 'See the cause; check the volume or the backend.'),
  SUPERSEDED: entry(
    false,
    'A later put of the same name from the same state folder has taken this one over.',
    'Nothing: the later one stores the name.',
  ),
  TIMEOUT: entry(true, 'The peer did not answer within the time limit.', 'Try again.'),
  TOMBSTONED: entry(false, 'The owner has deleted the set.', 'Upload anew.'),
  TOO_FEW_SHARDS: entry(true, 'Fewer shards of a set can be read than its code requires.', 'Wait for repair or for providers to return.'),
  TOO_MANY_HEADS: entry(
    true,
    'A row has as many unmerged heads as are kept side by side.',
    'Read the row and write again over what was read: that merges the heads.',
  ),
  TOO_MANY_REQUESTS: entry(true, 'A limit on connections, streams or queued work is reached.', 'Try again after a pause.'),
  TOO_MANY_WRONG_SHARDS: entry(
    true,
    'Shards contradict each other in more places than their code can correct.',
    'Fetch more shards of the set, or check each against its address.',
  ),
  TRANSCRIPT_NOT_FOUND: entry(
    false,
    'No tracker keeps this transcript or conviction, or knows the proof of this round of the beacon.',
    'List what they keep with `kubectl lunarx audit --transcripts`: the oldest go, and proofs of rounds after 400 hours.',
  ),
  UNAUTHORIZED: entry(
    false,
    'The caller may not do this: wrong read key, grant, owner or role.',
    'Use the owner secret that stored the object.',
  ),
  UNKNOWN_CLASS: entry(false, 'The network has no erasure class of this name.', 'Use a class that the LunarNetwork names.'),
  UNKNOWN_EXCHANGE: entry(false, 'The peer does not serve this exchange.', 'Update the older of the two peers.'),
  UNKNOWN_NETWORK: entry(false, 'The network named is not the one of this peer.', 'Check the network configuration.'),
  UNKNOWN_PEER: entry(true, 'The tracker has never heard of the provider.', 'Check the peer id; try again once it has sent a heartbeat.'),
  UNKNOWN_SET: entry(true, 'The tracker does not know the set.', 'Try another tracker; inventories may still be under way.'),
  VERSION_NOT_FOUND: entry(
    false,
    'The object has no version of this time, or its class has ceased to keep it.',
    'List the versions with `lunarx stat`.',
  ),
  WRONG_KEY: entry(
    false,
    'The owner secret does not open this value: wrong secret, or changed bytes.',
    'Restore the secret that stored it with `lunarx key restore`.',
  ),
  WRONG_PEER: entry(
    false,
    'The peer at this address is not the one that was expected.',
    'It may have a new volume; fetch the fleet again.',
  ),
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS
