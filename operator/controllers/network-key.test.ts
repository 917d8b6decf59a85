import test from 'ava'
import type { Secret } from './deps.ts'
import { judgeKey } from './network-key.ts'

const secret = (bytes: number): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'k' },
  data: { seed: Buffer.alloc(bytes, 7).toString('base64') },
})
const publicKeyOf = (seed: Uint8Array): string => `public of ${seed[0]}`

const cases: [string, Secret | undefined, string | undefined, string, number?][] = [
  ['volumes are there: none is made, though no status tells of one', undefined, undefined, 'KeyMissing', 3],
  ['volumes are there: the one that was restored is used', secret(32), undefined, 'use', 3],
  ['the first time it is made', undefined, undefined, 'make'],
  ['a key that vanished is not made anew', undefined, 'public of 7', 'KeyMissing'],
  ['the right one is used', secret(32), 'public of 7', 'use'],
  ['one that was there before the network is used', secret(32), undefined, 'use'],
  ['another one is refused', secret(32), 'public of 8', 'KeyChanged'],
  ['a damaged one is refused', secret(31), undefined, 'KeyMalformed'],
]
for (const [title, given, recorded, expected, volumes = 0] of cases) {
  test(`network key: ${title}`, (t) => {
    const verdict = judgeKey(given, 'lunar-key', { recorded, volumes }, publicKeyOf)
    t.is(verdict.kind === 'refuse' ? verdict.obstacle.reason : verdict.kind, expected)
  })
}
