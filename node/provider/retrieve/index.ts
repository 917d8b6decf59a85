export * from './authorize.ts'
export * from './retrieve.ts'
