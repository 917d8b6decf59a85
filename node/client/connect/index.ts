export { readOwnerSecret, writeOwnerSecret } from './owner-secret.ts'
export { readNetworkConfig } from './network-file.ts'
export { keepRevoked } from './revoked-file.ts'
export * from './connect.ts'
