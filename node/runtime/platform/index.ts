export * from './platform.ts'
export * from './system.ts'
