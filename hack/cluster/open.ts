/**
 * Opens the cluster for the demo and the end-to-end tests. With KUBECONFIG and IMAGE set it is that one, and nothing is built or
 * loaded; otherwise the lab is brought up and this tree's images are built and loaded.
 *
 * @module
 */
import { existsSync } from 'node:fs'
import { environment, tool, type Cluster } from './cluster.ts'

const LAB = 'hack/lab/lab'

export interface OpenOptions {
  /** Name of the lab cluster, at most 8 letters and digits. */
  readonly name: string
  readonly nodes: number
  readonly say: (line: string) => void
}

export class CannotOpen extends Error {}

/** @param env with KUBECONFIG and IMAGE, or without */
export async function openCluster(options: OpenOptions, env = process.env): Promise<Cluster> {
  const kubeconfig = env['KUBECONFIG']
  const image = env['IMAGE']
  if (kubeconfig && image) return openNamed(kubeconfig, image, env)
  if (image) throw new CannotOpen('IMAGE is set, but KUBECONFIG is not: set both to use your own cluster, or neither for the lab')
  return openLab(options)
}

async function openNamed(kubeconfig: string, image: string, env: NodeJS.ProcessEnv): Promise<Cluster> {
  if (!existsSync(kubeconfig)) throw new CannotOpen(`KUBECONFIG names ${kubeconfig}, which does not exist`)
  const operator = env['OPERATOR_IMAGE'] ?? image.replace(/node(?=[^/]*$)/, 'operator')
  if (operator === image) throw new CannotOpen(`cannot tell the operator's image from IMAGE=${image}: set OPERATOR_IMAGE`)
  const cluster: Cluster = {
    name: kubeconfig,
    kubeconfig,
    images: { node: image, operator },
    toolFolder: env['LUNARX_TOOLS'] ?? '',
    lab: undefined,
  }
  await tool('kubectl', ['version'], environment(cluster)).catch((error: unknown) => {
    throw new CannotOpen(`the cluster of KUBECONFIG does not answer: ${String(error)}`)
  })
  return cluster
}

/** What the lab lacks on this machine; empty: it can run. */
export async function labLacks(): Promise<string> {
  return tool(LAB, ['needs'], process.env).then(
    () => '',
    (error: unknown) => String(error instanceof Error ? error.message : error),
  )
}

async function openLab({ name, nodes, say }: OpenOptions): Promise<Cluster> {
  const lacks = await labLacks()
  if (lacks) throw new CannotOpen(lacks)
  const lab = (args: readonly string[], timeoutMs: number): Promise<string> => tool(LAB, args, process.env, { timeoutMs })
  say('setting up the lab (the first time: up to 15 minutes, it compiles Kubernetes) …')
  await lab(['setup'], 45 * 60_000)
  say(`starting a cluster of ${nodes} nodes, and building the images of this tree …`)
  const [building, starting] = [
    lab(['image', 'build', '--target', 'all'], 30 * 60_000),
    lab(['up', name, '--nodes', String(nodes)], 5 * 60_000),
  ]
  await Promise.allSettled([building, starting])
  await starting
  const built = (await building)
    .trim()
    .split('\n')
    .filter((line) => line.endsWith('.tar'))
  say('loading the images into the nodes …')
  await lab(['load', '--name', name, ...built], 5 * 60_000)
  return {
    name,
    kubeconfig: (await lab(['kubeconfig', name], 10_000)).trim(),
    images: { node: 'localhost/lunarx-node:lab', operator: 'localhost/lunarx-operator:lab' },
    toolFolder: (await lab(['path'], 10_000)).trim(),
    lab: name,
  }
}

export async function closeCluster(cluster: Cluster): Promise<void> {
  if (cluster.lab) await tool(LAB, ['down', cluster.lab], process.env)
}
