/**
 * Secrets and ConfigMaps as folders of a pod, so that what changes in them is seen without a restart. Pure.
 *
 * @module
 */
/** Readable by the group of the pod only. */
const MODE = 0o440
const CA_FILE = 'ca.crt'

/** Where in the pod something is mounted. */
export interface Place {
  readonly volume: string
  readonly folder: string
}

interface Named {
  readonly name: string
  readonly key: string
}
/** Where a pool takes certificate authorities from; one of both at most. */
export interface Authorities {
  readonly caConfigMap?: Named | undefined
  readonly caSecret?: Named | undefined
}

interface Item {
  readonly key: string
  readonly path: string
}
interface Source {
  readonly name: string
  readonly items: readonly Item[]
  readonly optional?: true
}
type Projection = { readonly secret: Source } | { readonly configMap: Source }

export interface MountedVolume {
  readonly name: string
  readonly projected: { readonly defaultMode: number; readonly sources: readonly Projection[] }
}
export interface Mount {
  readonly name: string
  readonly mountPath: string
  readonly readOnly: true
}

export const item = (key: string, path: string = key): Item => ({ key, path })

export const mounted = ({ volume }: Place, sources: readonly Projection[]): MountedVolume => ({
  name: volume,
  projected: { defaultMode: MODE, sources },
})

/** None where the usual authorities are trusted. */
export function authoritiesOf({ caConfigMap, caSecret }: Authorities = {}, place: Place): MountedVolume[] {
  if (caConfigMap) return [mounted(place, [{ configMap: { name: caConfigMap.name, items: [item(caConfigMap.key, CA_FILE)] } }])]
  return caSecret ? [mounted(place, [{ secret: { name: caSecret.name, items: [item(caSecret.key, CA_FILE)] } }])] : []
}

/** For the run config. */
export const caFileOf = ({ caConfigMap, caSecret }: Authorities, { folder }: Place): { readonly caFile?: string } =>
  caConfigMap || caSecret ? { caFile: `${folder}/${CA_FILE}` } : {}

export const mountsOf = (volumes: readonly { readonly name: string }[], places: readonly Place[]): Mount[] =>
  places
    .filter(({ volume }) => volumes.some(({ name }) => name === volume))
    .map(({ volume, folder }) => ({ name: volume, mountPath: folder, readOnly: true }))
