/**
 * Finalizers: an object with ours is not gone before we have let it go. Changes are compare-and-swap, so that those of others stay.
 *
 * @module
 */
import type { KubeClient } from './client.ts'
import type { KubeObject, ResourceKind } from './resource.ts'

export const hasFinalizer = ({ metadata }: KubeObject, finalizer: string): boolean => metadata.finalizers?.includes(finalizer) ?? false

type MergeClient = Pick<KubeClient, 'merge'>

function swap(
  client: MergeClient,
  kind: ResourceKind,
  { metadata }: KubeObject,
  finalizers: readonly string[],
  signal: AbortSignal,
): Promise<KubeObject> {
  const { namespace, name, resourceVersion } = metadata
  return client.merge(kind, { namespace, name }, { metadata: { finalizers, resourceVersion } }, { signal })
}

/** @throws {ApiError} 409 when the object has changed since it was read */
export async function holdFinalizer(
  client: MergeClient,
  kind: ResourceKind,
  object: KubeObject,
  finalizer: string,
  signal: AbortSignal,
): Promise<void> {
  if (!hasFinalizer(object, finalizer)) await swap(client, kind, object, [...(object.metadata.finalizers ?? []), finalizer], signal)
}

/** @throws {ApiError} 409 when the object has changed since it was read */
export async function releaseFinalizer(
  client: MergeClient,
  kind: ResourceKind,
  object: KubeObject,
  finalizer: string,
  signal: AbortSignal,
): Promise<void> {
  if (!hasFinalizer(object, finalizer)) return
  await swap(
    client,
    kind,
    object,
    (object.metadata.finalizers ?? []).filter((name) => name !== finalizer),
    signal,
  )
}
