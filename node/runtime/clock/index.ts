export * from './clock.ts'
export * from './simulated.ts'
export * from './system.ts'
