/**
 * `lunarx verify FILE`
 *
 * @module
 */
import type { ConvictionFault, TranscriptFault } from '@lunarx/core/audit'
import { LunarError } from '@lunarx/core/model'
import { EVIDENCE_TEXT } from '@lunarx/wire'
import { print, type PrintOptions } from '../output/print.ts'
import { examples, jsonOption, type AddCommand } from './options.ts'

interface VerifyOptions extends PrintOptions {
  readonly network?: string
  readonly verifier?: readonly string[]
}

export const addVerify: AddCommand = (program, io) => {
  const command = program
    .command('verify')
    .summary('judge the transcript of an audit, or the conviction of a ticket, again')
    .description(
      'Judges a transcript again, offline: whether owner, verifiers and provider signed what it holds, whether the leaf that the provider gave is the one of the address that the owner signed, or the row the one that its author signed and that is under the root which the provider signed before, and whether the verdicts say so. Of the conviction of a ticket: whether the tracker signed a ticket that right leaves of the provider contradict, or opened another than it had committed to. FILE holds the base64 that the admin API of a tracker gives (POST /v1/transcripts/read).',
    )
    .argument('<file>', 'the transcript; - reads it from standard input')
    .option('--network <name>', 'name of the network it must be of (default: the one it names)')
    .option('--verifier <peer...>', 'peers that may verify, as peer ids (default: whoever signed; the result names them)')
    .action(async (file: string, options: VerifyOptions) => {
      const { verifyFile } = await import('../verify/verify-file.ts')
      const { finding, summary } = await verifyFile(file, { ...options, maxBytes: EVIDENCE_TEXT }, io)
      if (finding.kind === 'invalid')
        throw new LunarError('BAD_TRANSCRIPT', MEANINGS[finding.reason], { detail: { reason: finding.reason } })
      const text = Object.entries(summary).map(
        ([field, value]) => `${`${field}:`.padEnd(11)} ${typeof value === 'object' ? value.join(', ') : value}`,
      )
      await print(io, options, summary, text.join('\n'))
    })
  examples(jsonOption(command), 'lunarx verify transcript.txt', 'lunarx verify - --network storage/main --json')
}

const MEANINGS: Readonly<Record<TranscriptFault | ConvictionFault, string>> = {
  malformed: 'a part of the transcript is malformed',
  'bad-signature': 'a signature does not verify',
  'other-network': 'the transcript is of another network',
  'other-set': 'the challenge is about another set than the record, or under another root than was drawn',
  'no-such-leaf': 'the set has no such shard or leaf, or the partition no such row',
  'not-the-drawn-leaf': 'the beacon drew another leaf',
  'not-a-verifier': 'a verdict or the challenge is by a peer that may not verify',
  'answer-to-another-question': 'the answer is to another challenge',
  'verdict-on-another-question': 'a verdict is on another challenge',
  'verdict-is-wrong': 'a verdict says something else than the documents show',
  'too-few-verdicts': 'too few verifiers have signed',
  'other-batch': 'the challenge or the opening is of another ticket',
  'not-opened': 'the tracker has not opened the ticket, or not as it had committed to',
  'other-leaves': 'the leaves are not those at the place of the watermark',
  'not-proved': 'a leaf is not the right one',
  'code-is-right': 'the ticket expected what the leaf has',
  'opening-is-right': 'the opening is what the ticket had committed to',
}
