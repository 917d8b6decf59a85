export * from './compare-orders.ts'
export * from './shared-sets.ts'
export * from './take-orders.ts'
