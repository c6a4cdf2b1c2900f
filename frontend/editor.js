// The query page: the text box becomes an editor, and answers appear without leaving it.
import { enhance } from "./editor/form.js";

const form = document.querySelector("form.ask");
if (form) enhance(form);
