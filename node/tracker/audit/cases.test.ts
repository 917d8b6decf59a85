import type { Transcript } from '@lunarx/core/audit'
import { utf8 } from '@lunarx/core/model'
import { TRANSCRIPTS_TOLD } from '@lunarx/wire'
import test from 'ava'
import { transcriptsOfSilence } from './cases.ts'

/** A silence that verifiers met with from … to, by their names. */
const met = (...those: (readonly [verifier: string, firstMs: number, newestMs: number])[]) => {
  const document = { body: new Uint8Array(), signature: new Uint8Array() }
  const paper = (title: string): Transcript => ({
    record: { ...document, body: utf8(title) },
    challenge: document,
    answer: null,
    verdicts: [],
  })
  const silences = those.map(([verifier, firstMs, newestMs]) => {
    const first = paper(`${verifier} first`)
    return [verifier, { first, firstMs, newest: firstMs === newestMs ? first : paper(`${verifier} newest`), newestMs }] as const
  })
  return { silences: new Map(silences) }
}
const titlesOf = (transcripts: readonly Transcript[]): string[] =>
  transcripts.map(({ record }) => new TextDecoder().decode(record.body)).toSorted()
/** The first letter of the name; verifiers of domain x have gone. */
const domainOf = (verifier: string): string | undefined => (verifier.startsWith('x') ? undefined : verifier[0])

test('what shows a silence: the newest of each domain, and the first of the two that met with it the longest', (t) => {
  for (const [title, silences, expected] of [
    ['nobody', met(), []],
    ['met once', met(['a', 5, 5]), ['a first']],
    ['two domains', met(['a', 0, 9], ['b', 1, 8]), ['a first', 'a newest', 'b first', 'b newest']],
    ['a third, not for long', met(['c', 4, 6], ['a', 0, 9], ['b', 1, 8]), ['a first', 'a newest', 'b first', 'b newest', 'c newest']],
    ['two of one domain', met(['a1', 0, 9], ['a2', 0, 8], ['b', 3, 5]), ['a1 first', 'a1 newest', 'b first', 'b newest']],
    ['one that has gone', met(['x', 0, 9], ['a', 1, 8], ['b', 2, 8]), ['a first', 'a newest', 'b first', 'b newest']],
  ] as const)
    t.deepEqual(titlesOf(transcriptsOfSilence(silences, domainOf)), expected, title)
  const many = met(...Array.from({ length: 12 }, (_, i) => [String.fromCharCode(97 + i), i, 100] as const))
  t.is(transcriptsOfSilence(many, domainOf).length, TRANSCRIPTS_TOLD, 'no more than one message takes')
})
