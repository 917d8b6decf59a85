/**
 * `lunarx verify FILE`
 *
 * @module
 */
import type { ConvictionFault, DrawFault, TranscriptFault } from '@lunarx/core/audit'
import { LunarError } from '@lunarx/core/model'
import { EVIDENCE_TEXT } from '@lunarx/wire'
import { print, type PrintOptions } from '../output/print.ts'
import type { BeaconFault } from '../verify/verify-draw.ts'
import { examples, jsonOption, type AddCommand } from './options.ts'

interface VerifyOptions extends PrintOptions {
  readonly network?: string
  readonly verifier?: readonly string[]
  readonly outsider?: readonly string[]
  readonly beacon?: string
  readonly interval?: string
}

export const addVerify: AddCommand = (program, io) => {
  const command = program
    .command('verify')
    .summary('judge the transcript of an audit, or the conviction of a ticket, again')
    .description(
      'Judges a transcript again, offline: whether owner, verifiers and provider signed what it holds, whether the leaf that the provider gave is the one of the address that the owner signed, or the row the one that its author signed and that is under the root which the provider signed before, and whether the verdicts say so. Of the conviction of a ticket: whether the tracker signed a ticket that right leaves of the provider contradict, or opened another than it had committed to. Of the proof of a round of the beacon: which value a majority of its participants made. With --beacon also whether the beacon drew what the transcript says: that the draw was due, when, and which leaf. FILE holds the base64 that `kubectl lunarx transcript` writes, and the admin API of a tracker gives (POST /v1/transcripts/read).',
    )
    .argument('<file>', 'the transcript; - reads it from standard input')
    .option('--network <name>', 'name of the network it must be of (default: the one it names)')
    .option(
      '--verifier <peer...>',
      'peers that may verify, as peer ids: one of them must have asked, and one signed; what others signed beside them counts for nothing; of a round of the beacon a majority of them must have made it (default: whoever signed; the result names them)',
    )
    .option(
      '--outsider <peer...>',
      'outside verifiers, as peer ids: they may ask and judge too, and count in no majority of the beacon (default: none)',
    )
    .option(
      '--beacon <file>',
      'proof of the round of the beacon that the draw was of (`kubectl lunarx transcript --beacon`, POST /v1/beacon/read): the draw must follow from it',
    )
    .option('--interval <seconds>', 'mean time between draws of one provider (default: that of a loss of 1 % found in 24 h with 99 %)')
    .action(async (file: string, options: VerifyOptions) => {
      const { verifyFile } = await import('../verify/verify-file.ts')
      const intervalMs = options.interval === undefined ? undefined : intervalOf(options.interval)
      const { finding, summary } = await verifyFile(file, { ...options, intervalMs, maxBytes: EVIDENCE_TEXT }, io)
      if (finding.kind === 'invalid')
        throw new LunarError('BAD_TRANSCRIPT', MEANINGS[finding.reason], { detail: { reason: finding.reason } })
      const text = Object.entries(summary).map(
        ([field, value]) => `${`${field}:`.padEnd(11)} ${typeof value === 'object' ? value.join(', ') : value}`,
      )
      await print(io, options, summary, text.join('\n'))
    })
  examples(
    jsonOption(command),
    'lunarx verify transcript.txt',
    'lunarx verify - --network storage/main --json',
    'lunarx verify transcript.txt --beacon round.txt',
  )
}

/** Shorter ones make more draws in an hour than a check should take. */
const MIN_INTERVAL_SECONDS = 1

function intervalOf(text: string): number {
  const seconds = Number(text)
  if (!(seconds >= MIN_INTERVAL_SECONDS && seconds <= 86_400))
    throw new LunarError('BAD_CONFIG', '--interval takes seconds, 1 to 86400', { detail: { interval: text } })
  return seconds * 1_000
}

const MEANINGS: Readonly<Record<TranscriptFault | ConvictionFault | DrawFault | BeaconFault, string>> = {
  malformed: 'a part of the transcript is malformed',
  'bad-signature': 'a signature does not verify',
  'other-network': 'the transcript is of another network',
  'other-set': 'the challenge is about another set than the record, or under another root than was drawn',
  'no-such-leaf': 'the set has no such shard or leaf, or the partition no such row',
  'not-the-drawn-leaf': 'the beacon drew another leaf',
  'not-a-verifier': 'the challenge, or of a row a verdict, is by a peer that may not verify',
  'answer-to-another-question': 'the answer is to another challenge',
  'verdict-on-another-question': 'a verdict is on another challenge',
  'verdict-is-wrong': 'a verdict says something else than the documents show',
  'too-few-verdicts': 'none of those that may verify has signed, or too few',
  'bad-beacon': 'the proof does not show a value of the beacon, or of other participants than may verify',
  'too-few-participants': 'fewer than a majority of those named by --verifier made the value of the beacon',
  'other-round': 'the draw is of another round of the beacon, or of another network',
  'not-drawn': 'no beacon stands behind the question: it was no draw, or one of the tracker alone',
  'no-such-draw': 'the beacon has no such draw of the provider in its round',
  'asked-at-another-time': 'it was asked at another time than the draw was due',
  'not-a-participant': 'who asked took no part in the beacon, and is named neither by --verifier nor by --outsider',
  'other-batch': 'the challenge or the opening is of another ticket',
  'not-opened': 'the tracker has not opened the ticket, or not as it had committed to',
  'other-leaves': 'the leaves are not those at the place of the watermark',
  'not-proved': 'a leaf is not the right one',
  'code-is-right': 'the ticket expected what the leaf has',
  'opening-is-right': 'the opening is what the ticket had committed to',
}
