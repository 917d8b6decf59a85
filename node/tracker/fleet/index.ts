export * from './exchange-views.ts'
export * from './fleet.ts'
export * from './judge.ts'
