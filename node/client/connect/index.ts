export { readOwnerSecret, writeOwnerSecret } from './owner-secret.ts'
export { readNetworkConfig } from './network-file.ts'
export * from './connect.ts'
