import test from 'ava'
import { CUTS, InterruptedPuts, type Told } from './interrupted.ts'
import { seedsOf } from './seeds.ts'

/** Of the short stories, unless SEEDS or SEED say otherwise. */
const DEFAULT_SEEDS = '200'
/** Stories that share a world. */
const PER_WORLD = 50
const TAIL_LINES = 200

const seeds = seedsOf({ ...process.env, SEEDS: process.env['SEEDS'] ?? DEFAULT_SEEDS })

test.serial('a put that is cut goes on where it stopped: what was stored is not sent again, what is read is right', async (t) => {
  t.timeout(600_000)
  const told: Told[] = []
  for (let at = 0; at < seeds.length; at += PER_WORLD) {
    const stories = new InterruptedPuts(at)
    try {
      await stories.tell(seeds.slice(at, at + PER_WORLD), (_, story) => told.push(story))
    } catch (error) {
      t.log([...stories.trace.tail(TAIL_LINES), `Replay: SEED=${seeds[told.length]} npm run test:sim`].join('\n'))
      throw error
    }
  }
  t.is(told.length, seeds.length)
  for (const [i, { cut, sentBytes, objectBytes, setBytes }] of told.entries()) {
    // one set is being sent when the cut comes (the next is only sealed); watermarks and tags are a few percent
    const changedBytes = cut === 'source' ? setBytes : 0
    t.true(sentBytes <= objectBytes * 1.05 + setBytes + changedBytes, `seed ${seeds[i]}, ${cut}: ${sentBytes} of ${objectBytes} bytes`)
  }
  if (seeds.length < 40) return
  for (const cut of CUTS) {
    const ofCut = told.filter((one) => one.cut === cut)
    const hits = ofCut.filter(({ isMidPut }) => isMidPut).length
    t.true(hits >= ofCut.length * 0.9, `${cut}: ${hits} of ${ofCut.length} cuts in the middle of a put`)
    const sent = ofCut.reduce((sum, { sentBytes }) => sum + sentBytes, 0) / ofCut.reduce((sum, { objectBytes }) => sum + objectBytes, 0)
    t.log(`${cut}: ${hits} of ${ofCut.length} in the middle, ${Math.round(100 * sent)} % of the object's shards sent`)
  }
})
