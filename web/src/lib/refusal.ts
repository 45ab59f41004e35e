// A refusal in the reader's language: the server's own sentence, told in it; ours where it could not be asked.
import type { Problem } from './api';
import { t } from './i18n.svelte';

export const refusalOf = ({ code, title, detail }: Problem) => (code === 'unreachable' ? t('problem.unreachable') : detail || title);
