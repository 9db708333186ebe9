// From what was seen in the rounds to the figures: medians, and ratios of figures of the same round.
import { median, quantile } from '../connection.mjs'

const sum = (values) => values.reduce((all, one) => all + one, 0)

/** The figures of one contender's small calls. */
export function smallFigures(rounds) {
  const at = (inFlight) => median(rounds.map(({ perSecond }) => perSecond[inFlight]))
  const used = (inFlight) =>
    sum(rounds.map(({ used }) => used[inFlight])) / sum(rounds.map(({ calls }) => calls[inFlight]))
  return {
    p50: median(rounds.map(({ latencies }) => median(latencies))),
    p99: quantile(
      rounds.flatMap(({ latencies }) => latencies),
      0.99,
    ),
    perSecond: { 1: at(1), 8: at(8), 32: at(32) },
    cpu: { 1: used(1), 32: used(32) },
  }
}

/** A contender's calls a second at 32 in flight, in ratio to another's, round by round. */
export const rateRatio = (rounds, others) =>
  median(rounds.map(({ perSecond }, index) => perSecond[32] / others[index].perSecond[32]))

/** A contender's ratios to the raw relay, round by round. */
export function smallRatios(rounds, raw, direct) {
  const of = (figure) => median(rounds.map((round, index) => figure(round) / figure(raw[index])))
  const added = (theirs) =>
    median(theirs.map(({ latencies }, index) => median(latencies) - median(direct[index].latencies)))
  return {
    perSecond: Object.fromEntries([1, 8, 32].map((n) => [n, of(({ perSecond }) => perSecond[n])])),
    added: added(rounds) / added(raw),
    cpu: smallFigures(rounds).cpu[32] / smallFigures(raw).cpu[32],
  }
}

/** The median of each kind, in ms. */
export const mediansOf = (kinds) =>
  Object.fromEntries(Object.entries(kinds).map(([kind, seen]) => [kind, median(seen.map(({ ms }) => ms))]))

/** Processor time of each kind, in ms a call. */
export const usedBy = (kinds) =>
  Object.fromEntries(
    Object.entries(kinds).map(([kind, seen]) => [
      kind,
      sum(seen.map(({ used }) => used)) / seen.length / 1000,
    ]),
  )
