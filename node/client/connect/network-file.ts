/**
 * The network's configuration in its file: `network.json` of ConfigMap `<network>-client`, or `outside.json` of it for those outside of
 * the cluster. Nothing in it is secret.
 *
 * @module
 */
import { networkConfigSchema, type NetworkConfig } from '@lunarx/core/membership'
import { readJsonFile } from './json-file.ts'

/** @throws {LunarError} BAD_CONFIG, with the file and the field */
export const readNetworkConfig = (file: string): Promise<NetworkConfig> => readJsonFile(file, networkConfigSchema)
