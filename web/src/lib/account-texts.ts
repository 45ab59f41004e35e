// Imported with what shows these texts, so that they are there when it is.
import { accountEn } from '../messages/account.en';
import { addEnglish } from './i18n.svelte';

addEnglish(accountEn);
