import { AUDIT_PROMISE, meanDrawIntervalMs } from '@lunarx/core/audit'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { lunarNetworkSpec } from '../api/index.ts'
import { auditOf, networkId } from '../controllers/index.ts'
import { askAllTrackers, firstOfTrackers, lacking } from './ask-trackers.ts'
import { printJson, type Command, type Context } from './context.ts'
import { assertProves, readEvidence, type Evidence } from './evidence.ts'
import { EXIT, RefusedError } from './exit-codes.ts'
import { findMember, providersByPeer } from './find-member.ts'
import { keptBy, newestAbout } from './kept-transcripts.ts'
import { observe, type Observed } from './observe.ts'
import { writeNew } from './write-new.ts'

const ID = /^[0-9a-f]{64}$/

interface Found extends Evidence {
  /** Pod of the tracker that gave it. */
  readonly tracker: string
}

async function idOf(context: Context, observed: Observed, word: string): Promise<string> {
  if (ID.test(word)) return word
  const { peer } = findMember(observed, word)
  const heard = await askAllTrackers(context, observed, 'listTranscripts')
  const newest = newestAbout(keptBy(heard, providersByPeer(observed), context.nowMs), peer)
  if (newest === undefined) throw lacking(`a transcript about ${word}`, heard.failures)
  return newest.id
}

const readFrom = (context: Context, observed: Observed, id: string): Promise<Found> =>
  firstOfTrackers(context, observed, {
    name: 'readTranscript',
    body: { id },
    what: `transcript or conviction ${id}`,
    pick: ({ transcript }, tracker) => (transcript === null ? undefined : { ...readEvidence(id, transcript, crypto), tracker }),
  })

function beaconOf(context: Context, observed: Observed, found: Found): Promise<string> {
  const { kind, network, round } = found
  if (round === null)
    throw new RefusedError(
      EXIT.failure,
      kind === 'ticket'
        ? 'a conviction is of no draw: judge it without --beacon'
        : 'no round of the beacon stands behind this question (it was no draw, or one while there was no beacon): judge it without --beacon',
    )
  return firstOfTrackers(context, observed, {
    name: 'readBeacon',
    body: { round },
    what: `the proof of round ${round} of the beacon`,
    pick: ({ proof }) => {
      if (proof === null) return undefined
      assertProves({ network, round }, proof, crypto)
      return proof
    },
  })
}

/** As `lunarx verify` has to be told it: how often draws come follows from what the network promises. Pure. */
export function verifyCommand({ network }: Pick<Observed, 'network'>, file: string, beacon: string | undefined): string {
  const { namespace = 'default', name } = network.metadata
  const ofNetwork = ['--network', networkId(namespace, name)]
  if (beacon === undefined) return ['lunarx verify', file, ...ofNetwork].join(' ')
  const intervalMs = meanDrawIntervalMs(auditOf(lunarNetworkSpec.shape.audit.parse(network.spec['audit'] ?? {})))
  const interval = intervalMs === meanDrawIntervalMs(AUDIT_PROMISE) ? [] : ['--interval', String(intervalMs / 1_000)]
  return ['lunarx verify', file, ...ofNetwork, '--beacon', beacon, ...interval].join(' ')
}

export const transcript: Command = {
  name: 'transcript',
  words: 'ID|POD [FILE]',
  wordsAtLeast: 1,
  wordsAtMost: 2,
  summary: 'what proves an audit or convicts a ticket, for `lunarx verify FILE`: by its id, or the newest about a provider',
  details: `Writes to FILE, which must not be there yet, or to standard output, the base64 that \`lunarx verify\` judges offline. Ids are listed by
\`kubectl lunarx audit --transcripts\`; of POD it is the newest to its harm, else the newest proof. With --beacon also the proof of the round
of the beacon that the draw was of; it is known for 400 hours. Trackers are asked one after another, in their pods, by \`kubectl exec\` (needs
the right to create pods/exec there): one that is away, or gives something else, is passed over. Exit code 6: none has it.`,
  flags: [{ name: 'beacon', value: 'PROOF', help: 'file for the proof of its round, as `lunarx verify FILE --beacon PROOF` reads it' }],
  async run(context) {
    const [word = '', file] = context.words
    const { beacon } = context.flags
    const beaconFile = typeof beacon === 'string' ? beacon : undefined
    const observed = await observe(context.client, context)
    const id = await idOf(context, observed, word)
    const found = await readFrom(context, observed, id)
    const proof = beaconFile === undefined ? undefined : await beaconOf(context, observed, found)
    if (file !== undefined) await writeNew(file, `${found.text}\n`)
    if (beaconFile !== undefined) await writeNew(beaconFile, `${proof}\n`)
    print(context, observed, { id, found, file, beaconFile })
    return EXIT.ok
  },
}

interface Done {
  readonly id: string
  readonly found: Found
  readonly file: string | undefined
  readonly beaconFile: string | undefined
}

function print(context: Context, observed: Observed, { id, found, file, beaconFile }: Done): void {
  const { text, kind, peer, verdict, round, tracker } = found
  const pod = providersByPeer(observed).get(peer) ?? null
  const judge = verifyCommand(observed, file ?? '-', beaconFile)
  if (context.isJson)
    printJson(context, {
      id,
      kind,
      peer,
      pod,
      verdict,
      round,
      tracker,
      ...(file === undefined ? { transcript: text } : { file }),
      ...(beaconFile === undefined ? {} : { beacon: beaconFile }),
      judge,
    })
  else if (file === undefined) context.print(`${text}\n`)
  else context.print(`${file}: ${verdict}, of ${pod ?? peer}, says ${tracker}. Judge it offline: ${judge}\n`)
}
