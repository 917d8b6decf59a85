export * from './dispatch.ts'
export * from './handlers.ts'
