/**
 * `npm run bench [-- NAME…]`: each figure against its named peer in the same run; never part of the tests.
 *
 * @module
 */
import { benchErasure } from '../../test/bench/erasure.ts'

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { erasure: benchErasure }
const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in BENCHES))
if (unknown.length > 0) {
  console.error(`usage: npm run bench [-- NAME…]\nno such benchmark: ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`)
  process.exit(2)
}
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) await BENCHES[name]?.()
