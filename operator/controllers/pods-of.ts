/**
 * The pods of a pool, or of verifiers, by the label that names it.
 *
 * @module
 */
import type { ControllerDeps, Pod } from './deps.ts'
import type { PodPool } from './pool.ts'

export const podsOf = ({ name, namespace }: PodPool, { cache }: ControllerDeps): Pod[] =>
  cache.pods.list().filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.['app.kubernetes.io/instance'] === name)
