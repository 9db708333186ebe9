/** What Node warns of by the eleventh listener of one kind. */
export const SUSPECTED_LEAK = 'MaxListenersExceededWarning'
