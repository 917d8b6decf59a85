/**
 * By which rule a set is placed and judged: what its owner signed, and what its class asks beyond that today.
 *
 * A class may be made stricter while sets of it exist: they are held to the stricter rule then. It may not be made looser for them: their
 * owner has signed what they survive. A class whose code has changed says nothing of the sets of the code before.
 *
 * @module
 */
import type { ErasureClass } from '../model/fields.ts'

export interface PlacementRule {
  /** m */
  readonly parity: number
  /** d: at most ⌊m/d⌋ shards of a set in one domain or backing store (m if d = 0), one per provider. */
  readonly survive: number
  /** The same of zones. Otherwise the shards of a set are spread over them as evenly as the rest allows. */
  readonly bindsZones?: boolean
}

/** Shards of one set that may lie in one domain. At least 1, since a class has d ≤ m. */
export function domainLimit({ parity, survive }: PlacementRule): number {
  return survive === 0 ? parity : Math.floor(parity / survive)
}

type Code = Pick<ErasureClass, 'required' | 'parity' | 'survive'>
type RuledClass = Code & Pick<ErasureClass, 'name' | 'zones'>

/** What an owner signed. */
export const signedRule = ({ parity, survive }: Pick<Code, 'parity' | 'survive'>): PlacementRule => ({ parity, survive })

/** The stricter of what the owner signed and what the class of that name asks today. @param classes of the network */
export function ruleOf(set: Code & { readonly className: string | undefined }, classes: readonly RuledClass[]): PlacementRule {
  const today = classes.find(({ name }) => name === set.className)
  return today && isOfCode(today, set) ? stricter(set, today) : signedRule(set)
}

/** The rule of a set depends on its class: there is one of its code that asks more than its owner signed. */
export const hingesOnClass = (set: Code, classes: readonly RuledClass[]): boolean =>
  classes.some((one) => isOfCode(one, set) && (one.survive > Math.max(1, set.survive) || one.zones === 'Bind'))

const isOfCode = (one: Code, { required, parity }: Code): boolean => one.required === required && one.parity === parity

const stricter = ({ parity, survive }: Code, today: RuledClass): PlacementRule => ({
  parity,
  survive: Math.max(survive, today.survive),
  ...(today.zones === 'Bind' ? { bindsZones: true } : {}),
})
