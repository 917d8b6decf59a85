/**
 * Whether the providers that stay could hold everything without those that are to go: every class by its placement rule, rows, and the
 * bytes. Pure.
 *
 * What could not be placed before either is no reason to refuse: only what the removal would take away counts.
 *
 * @module
 */
import { replicaCount } from '@lunarx/core/epoch'
import type { ErasureClass } from '@lunarx/core/model'
import { place, poolOf, poolRule, ruleOf, setsOfClass, type Candidate } from '@lunarx/core/placement'
import type { FleetProvider } from '@lunarx/wire'
import type { Fleet, SeenProvider } from './fleet.ts'

export interface Refusal {
  readonly reason: 'NotEnoughDomains' | 'NotEnoughSpace' | 'TrackersUnreachable'
  readonly message: string
  /** What changes from look to look; '': nothing. */
  readonly figures: string
}

export interface RestSight {
  readonly fleet: Fleet
  readonly classes: readonly Pick<ErasureClass, 'name' | 'required' | 'parity' | 'survive' | 'zones' | 'copies'>[]
  /** d of rows. */
  readonly survive: number
}

const candidateOf = ({ peer, domain, zone, store }: FleetProvider): Candidate => ({
  peer,
  domain,
  zone,
  store: store ?? undefined,
  freeBytes: 0,
  load: 0,
})

/** Can a set of this class and all its copies be placed on providers with room enough? */
function fits(one: RestSight['classes'][number], providers: readonly FleetProvider[]): boolean {
  const wanted = Array.from({ length: one.required + one.parity }, (_, index) => index)
  return setsOfClass(one).every((set) => {
    const isAllowed = poolRule(set, [one])
    const candidates = providers.filter(({ name, services }) => services.includes('storage') && isAllowed(poolOf(name))).map(candidateOf)
    const rule = ruleOf({ ...one, className: one.name }, [one])
    return place({ ...rule, shardBytes: 0, wanted, settled: [] }, candidates, () => 0.5).kind === 'placed'
  })
}

/** One that lacks rows is not counted on. */
const rowDomains = (providers: readonly SeenProvider[]): number =>
  new Set(providers.filter(({ services, lacksRows }) => services.includes('index') && lacksRows !== 'yes').map(({ domain }) => domain)).size

const freeBytes = ({ capacityBytes, usedBytes, reservedBytes }: FleetProvider): number =>
  Math.max(0, capacityBytes - usedBytes - reservedBytes)

/** Of one whose drain has not begun, all that it has. */
const bytesLeft = ({ drain, usedBytes }: FleetProvider): number => drain?.bytes ?? usedBytes

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

/** @param leaving peers of the fleet that are to go. @returns undefined: the rest can hold it all */
export function judgeRest(leaving: readonly FleetProvider[], { fleet, classes, survive }: RestSight): Refusal | undefined {
  const going = new Set(leaving.map(({ peer }) => peer))
  const all = fleet.providers.filter(({ declaredLost, state }) => !declaredLost && state !== 'lost')
  const staying = all.filter(({ peer, drain }) => !going.has(peer) && drain === null)
  const homeless = classes.find((one) => fits(one, all) && !fits(one, staying))
  if (homeless)
    return {
      reason: 'NotEnoughDomains',
      message: `Sets of class ${homeless.name} could not be placed by its rule on the providers that would stay.`,
      figures: '',
    }
  const [before, after] = [rowDomains(all), rowDomains(staying)]
  if (after < before && after < replicaCount(survive))
    return {
      reason: 'NotEnoughDomains',
      message: `Rows need ${replicaCount(survive)} failure domains with providers of the service index; fewer would stay.`,
      figures: '',
    }
  const moving = all.filter((one) => !staying.includes(one))
  const [needed, free] = [sum(moving.map(bytesLeft)), sum(staying.filter(({ services }) => services.includes('storage')).map(freeBytes))]
  if (needed > free)
    return {
      reason: 'NotEnoughSpace',
      message: 'The providers that would stay have less room than what is to be moved to them.',
      figures: ` ${needed} bytes are to be moved, ${free} are free.`,
    }
  return undefined
}
