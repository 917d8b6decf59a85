/**
 * The writes of the reconcilers, each only when it changes something.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Condition } from '../api/index.ts'
import { ApiError, keyOf, type Informer, type KubeObject, type ResourceKind } from '../kube/index.ts'
import { sha256Of, type ControllerDeps, type Settings } from './deps.ts'
import { judgeChild, withFingerprint } from './meant.ts'
import { OPERATOR_ANNOTATION, PAUSED_ANNOTATION } from './names.ts'
import { writeAfterMs } from './settle.ts'

/** Another operator sees to it. */
export const isOfAnother = ({ metadata: { annotations = {} } }: KubeObject, { operator }: Settings): boolean =>
  (annotations[OPERATOR_ANNOTATION] ?? operator) !== operator

/** Nothing is written for it: it is paused, or left to another operator. */
export function isLeftAlone(object: KubeObject, settings: Settings): boolean {
  return object.metadata.annotations?.[PAUSED_ANNOTATION] === 'true' || isOfAnother(object, settings)
}

/**
 * Brings a child to what is meant, by server-side apply.
 * @throws {LunarError} NAME_TAKEN: an object of this name belongs to somebody else. {ApiError} which names the object
 */
export async function applyChild(informer: Informer, meant: KubeObject, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const object = withFingerprint(meant, sha256Of(deps.crypto))
  const live = informer.get(object.metadata.namespace, object.metadata.name)
  switch (judgeChild(live, object)) {
    case 'keep':
      return
    case 'taken':
      throw new LunarError('NAME_TAKEN', `${object.kind} ${keyOf(object)} belongs to another resource`, {
        detail: { kind: object.kind, name: keyOf(object) },
      })
    case 'apply':
      await deps.client.apply(informer.kind, object, { signal }).catch((error: unknown) => {
        throw error instanceof ApiError ? error.about(`${object.kind} ${keyOf(object)}`) : error
      })
      deps.log.info('applied', { kind: object.kind, object: keyOf(object) })
  }
}

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] | undefined }

export interface Written {
  readonly isWritten: boolean
  /** The status is worth a write after this. Milliseconds. */
  readonly againAfterMs?: number | undefined
}

/** Writes a status if it is worth it by now. */
export async function writeStatus(
  kind: ResourceKind,
  owner: KubeObject & { readonly status?: Status },
  next: Status,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<Written> {
  const { apiVersion, metadata } = owner
  const { uid = '', name, namespace } = metadata
  const writtenMs = deps.observatory.writtenMs(uid)
  const afterMs = writeAfterMs(owner.status, next, writtenMs === undefined ? undefined : deps.clock.elapsed() - writtenMs)
  if (afterMs !== 0) return { isWritten: false, againAfterMs: afterMs }
  const status = { apiVersion, kind: kind.kind, metadata: { name, ...(namespace && { namespace }), uid }, status: next }
  await deps.client.apply(kind, status, { subresource: 'status', signal })
  deps.observatory.wrote(uid, deps.clock.elapsed())
  return { isWritten: true }
}
