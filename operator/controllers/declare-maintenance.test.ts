import { LunarError } from '@lunarx/core/model'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { Trace } from '@lunarx/runtime/log'
import type { TrackerStatus } from '@lunarx/wire'
import test from 'ava'
import { TAKEN_DOWN_MS, type Fleet, type TrackerAdmin } from '../healing/index.ts'
import { aProvider } from '../healing/fleet.fixture.ts'
import { declareMaintenance, maintenanceAskedOf, withMaintenance } from './declare-maintenance.ts'
import type { ControllerDeps } from './deps.ts'
import { CONFIG_ANNOTATION, MAINTENANCE_ANNOTATION } from './names.ts'
import { aProviderPool } from './pools.fixture.ts'
import { rollOut } from './roll-out.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const at = (ms: number): string => new Date(START + ms).toISOString()
const MINUTE = 60_000

function poolWith(annotation?: string) {
  const pool = aProviderPool({ replicas: 1 })
  const annotations = annotation === undefined ? {} : { [MAINTENANCE_ANNOTATION]: annotation }
  return { ...pool, owner: { ...pool.owner, metadata: { ...pool.owner.metadata, annotations } } }
}

const statusOf = (name: string, leftMs: number): TrackerStatus =>
  ({ name, audit: { providers: [{ peer: 'p0', maintenance: leftMs > 0, maintenanceLeftMs: leftMs }] } }) as unknown as TrackerStatus

const set = {
  metadata: { name: 'pool-a', namespace: 'ns', generation: 1 },
  spec: { replicas: 1, template: { metadata: { annotations: { [CONFIG_ANNOTATION]: 'new' } }, spec: { containers: [{ image: 'i' }] } } },
  status: { observedGeneration: 1 },
}
const podWith = (config: string, deletionTimestamp?: string) => ({
  metadata: {
    name: 'pool-a-0',
    namespace: 'ns',
    uid: 'uid-pod',
    annotations: { [CONFIG_ANNOTATION]: config },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
  spec: { containers: [{ image: 'i' }] },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
})

/** A pool of one pod with three trackers, of which the first refuses whatever it is told. */
function world(pod: ReturnType<typeof podWith>, leftMs = 0, { isKept = false, isAudited = true, knowsDryRuns = true } = {}) {
  const acts: string[] = []
  const clock = new SimulatedClock(START)
  const trackers = [0, 1, 2].map((i) => ({
    status: statusOf(`tracker-${i}`, leftMs),
    admin: {
      declareMaintenance: (peer: string, forMs: number) => {
        acts.push(`tell ${i} ${peer} ${forMs}`)
        return i === 0 ? Promise.reject(new LunarError('PEER_UNREACHABLE', 'away')) : Promise.resolve()
      },
    } as unknown as TrackerAdmin,
  }))
  const deps = {
    clock,
    log: new Trace(clock).log('operator'),
    settings: { operator: 'ours' },
    cache: { statefulSets: { get: () => set }, pods: { get: () => pod } },
    client: {
      evict: (_place: object, { isDryRun = false }: { isDryRun?: boolean }) => {
        acts.push(isDryRun ? 'may it go' : 'evict')
        if (isDryRun && !knowsDryRuns) return Promise.reject(new LunarError('CLUSTER_REFUSED', 'a webhook knows no dry runs'))
        return Promise.resolve(!isKept)
      },
    },
  } as unknown as ControllerDeps
  const sets = { margin: { '2': 5 }, degraded: 0, backlogShards: 0, backlogBytes: 0, etaMs: null, repairedShards: 0 }
  const fleet: Fleet = {
    providers: [aProvider('pool-a-0', 'p0')],
    sets,
    audits: isAudited ? ({} as NonNullable<Fleet['audits']>) : undefined,
  }
  return { acts, trackers, deps, fleet, signal: new AbortController().signal }
}

async function looked(annotation: string | undefined, ...of: Parameters<typeof world>): Promise<string[]> {
  const { acts, trackers, deps, fleet, signal } = world(...of)
  await declareMaintenance([poolWith(annotation)], fleet, trackers, deps, signal)
  return acts
}

async function rolledOut(...of: Parameters<typeof world>): Promise<string[]> {
  const { acts, trackers, deps, fleet, signal } = world(...of)
  await rollOut({ pools: [poolWith()], fleet, trackers: { desired: 3, answering: trackers }, epoch: { number: 1 } }, deps, signal)
  return acts
}

const toldAll = (forMs: number): string[] => [0, 1, 2].map((i) => `tell ${i} p0 ${forMs}`)

test('every tracker is told what a person asked for; one that refuses holds up no other, and fails nothing', async (t) => {
  t.deepEqual(await looked(`p0@${at(30 * MINUTE)}`, podWith('new')), toldAll(30 * MINUTE))
})

test('a pod that is being deleted, by whomever, is in maintenance', async (t) => {
  t.deepEqual(await looked(undefined, podWith('new', at(MINUTE))), toldAll(MINUTE + TAKEN_DOWN_MS))
})

test('what is over is taken back once the pod is well; a pod that is to be replaced is waited for', async (t) => {
  t.deepEqual(await looked(`p0@${at(0)}`, podWith('new'), MINUTE), toldAll(0))
  t.deepEqual(await looked(undefined, podWith('old'), MINUTE), [])
})

test('where nothing is audited, nobody is told', async (t) => {
  t.deepEqual(await looked(`p0@${at(MINUTE)}`, podWith('new'), 0, { isAudited: false }), [])
})

test('a rollout declares maintenance before the pod goes, and goes on although a tracker refuses', async (t) => {
  t.deepEqual(await rolledOut(podWith('old')), ['may it go', ...toldAll(TAKEN_DOWN_MS), 'evict'])
})

test('a pod that the disruption budget keeps is in no maintenance', async (t) => {
  t.deepEqual(await rolledOut(podWith('old'), 0, { isKept: true }), ['may it go', 'evict'])
})

test('a rollout goes on where nobody says whether a pod may go', async (t) => {
  t.deepEqual(await rolledOut(podWith('old'), 0, { knowsDryRuns: false }), ['may it go', 'evict'])
})

test('a rollout where nothing is audited asks nobody', async (t) => {
  t.deepEqual(await rolledOut(podWith('old'), 0, { isAudited: false }), ['evict'])
})

test('the annotation: what names no end is passed over, what is over is left out, the newest end counts', (t) => {
  const asked = maintenanceAskedOf(poolWith(` p0@${at(5 * MINUTE)}, p1@tomorrow,p2,@${at(0)},p3@${at(-1)}`).owner)
  t.deepEqual(asked, [
    { peer: 'p0', untilMs: START + 5 * MINUTE },
    { peer: 'p3', untilMs: START - 1 },
  ])
  t.is(withMaintenance(asked, { peer: 'p4', untilMs: START + MINUTE }, START), `p0@${at(5 * MINUTE)},p4@${at(MINUTE)}`)
  t.is(withMaintenance(asked, { peer: 'p0', untilMs: START + MINUTE }, START), `p0@${at(MINUTE)}`)
  t.is(withMaintenance(asked, { peer: 'p0', untilMs: START }, START), null)
})
