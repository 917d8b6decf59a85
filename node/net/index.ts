export * from './identity/index.ts'
export * from './open.ts'
export * from './peers/index.ts'
