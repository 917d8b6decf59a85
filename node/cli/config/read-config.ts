/**
 * Reading configuration files, YAML or JSON, against their schemas. Errors name the file and the field.
 *
 * @module
 */
import { dirname, resolve } from 'node:path'
import { readJsonFile, readNetworkConfig } from '@lunarx/client/connect'
import { runConfigSchema, storeSchema, volumeRoomSchema, type NetworkConfig, type RunConfig, type Store } from '@lunarx/core/membership'
import { LunarError, textOf } from '@lunarx/core/model'
import { parse } from 'yaml'
import { z } from 'zod'
import { besideFile, isMissingFile, readSmallFile } from '@lunarx/runtime/files'
import { expandVariables } from './expand.ts'

/** A run config whose network has been read too. */
export interface LoadedRunConfig extends Omit<RunConfig, 'network'> {
  readonly network: NetworkConfig
  /** Where it was read; undefined: it stands in the run config itself. */
  readonly networkFile: string | undefined
}

/** @throws {LunarError} BAD_CONFIG */
export async function readRunConfig(file: string, env: Readonly<Record<string, string | undefined>>): Promise<LoadedRunConfig> {
  const stated = check(runConfigSchema, expandVariables(await readYaml(file), env), file)
  const config = { ...stated, capacityBytes: await capacityOf(stated, file) }
  const { network } = config
  if (typeof network !== 'string') return { ...config, network, networkFile: undefined }
  const networkFile = resolve(dirname(file), network)
  return { ...config, network: await readNetworkConfig(networkFile), networkFile }
}

/** What is stated, or the room of its volume where that is less. */
async function capacityOf({ role, host, capacityBytes }: RunConfig, file: string): Promise<number | undefined> {
  if (role !== 'provider') return capacityBytes
  const roomBytes = await readRoom(besideFile(file, 'volumes.json'), host)
  return roomBytes === undefined ? capacityBytes : Math.min(roomBytes, capacityBytes ?? roomBytes)
}

/** Undefined: nothing is said of it. @throws {LunarError} BAD_CONFIG */
async function readRoom(file: string, host: string): Promise<number | undefined> {
  try {
    return (await readJsonFile(file, volumeRoomSchema)).room[host]
  } catch (error) {
    if (isMissingFile(error)) return undefined
    throw error
  }
}

/** What a run config says under `store`, in a file of its own. @throws {LunarError} BAD_CONFIG */
export async function readStore(file: string, env: Readonly<Record<string, string | undefined>>): Promise<Store> {
  return check(storeSchema, expandVariables(await readYaml(file), env), file)
}

async function readYaml(file: string): Promise<unknown> {
  const bytes = await readSmallFile(file)
  try {
    return parse(textOf(bytes))
  } catch (cause) {
    throw new LunarError('BAD_CONFIG', `${file} is neither YAML nor JSON`, { cause, detail: { file } })
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new LunarError('BAD_CONFIG', `${file}: ${z.prettifyError(result.error).slice(0, 1_000)}`, { detail: { file } })
}
