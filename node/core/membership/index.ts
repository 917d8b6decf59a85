export * from './credential.ts'
export * from './network.ts'
export * from './peer-id.ts'
