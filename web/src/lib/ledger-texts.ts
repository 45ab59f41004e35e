// Imported with what shows these texts, so that they are there when it is.
import { ledgerEn } from '../messages/ledger.en';
import { addEnglish } from './i18n.svelte';

addEnglish(ledgerEn);
