"""Word stems that speak for a signal, in four languages: the keyword baseline beside which the model is measured.

Patterns meet text that is lower case and without accents.
"""

from __future__ import annotations

import re

from domain.facts import Signal

STEMS: dict[Signal, tuple[str, ...]] = {
    Signal.LEGAL: (
        r"\blawsuit|\bsue\b|\bsuing|\bsued\b|\blitigat|\bsolicitor|\battorney|\bcounsel\b|\blawyer|\bcourt\b|\btribunal|\barbitrat|legal (action|step|proceeding|team will)",
        r"cease and desist|formal notice|breach of (the |our )?(contract|agreement)|liabilit|\bdamages\b|\bregulator|data.protection (authority|commission)|ombudsman|statutory|without prejudice",
        r"\banwalt|rechtsanwalt|kanzlei|\bklage|\bverklag|\bgericht(?!et)|rechtliche schritte|rechtsweg|abmahn|\bfrist(setzung)?\b|schadens?ersatz|aufsichtsbehorde|strafanzeige|anzeige erstatten|vertragsbruch|juristisch vor",
        r"\bavocat|mise en demeure|\btribunaux|poursui(te|vr)|porter plainte|action en justice|voie judiciaire|dommages.interets|\bcnil\b|juridique(ment)? (contre|recours)|saisir|huissier",
        r"\babogad|\bdemand(ar|aremos|a judicial)|\bjuzgado|\btribunales|acciones legales|via judicial|requerimiento|burofax|denuncia|danos y perjuicios|incumplimiento (de |del )?contrat|querella|agencia de proteccion",
    ),
    Signal.SECURITY: (
        r"\bhack|\bbreach(ed)?\b|compromis|unauthori[sz]ed|\bphish|\bmalware|ransom|\bvulnerab|\bexploit|leaked?\b|\bstolen|credential|suspicious|intru(der|sion)|someone (else )?(logged|signed)|unknown (login|device|sign|address|location)|public (repo|github)",
        r"gehackt|datenleck|unbefugt|unberechtigt|verdachtig|schwachstelle|sicherheitslucke|sicherheitsvorfall|kompromittiert|fremde?[rn]? (zugriff|anmeld|person)|gestohlen|abgegriffen|trojaner|offentlich(en)? (netz|repo)",
        r"pirat(e|age)|hameconnage|faille|intrusion|non autorise|acces (suspect|inconnu)|connexion(s)? (inconnue|suspecte)|fuite de|\bvole(s|e)?\b|compromis|usurp|logiciel malveillant",
        r"hackead|hackeo|intrus|no autorizad|sospechos|vulnerabilidad|brecha|filtrad|filtracion|robad|robaron|contrasenas? expuest|acceso (desconocido|extrano)|suplant|comprometid",
    ),
    Signal.OUTAGE: (
        r"\bdown\b|outage|unreachable|unavailable|\b50[0234]\b|nothing (works|loads|opens)|nobody can|no one can|no.?one here can|completely (dead|broken|offline)|at a standstill|offline|production (is |has )?(stop|halt|down)|(everyone|everybody|whole|entire|all (users|sites|offices|of us)).{0,40}(error|fail|blank|stuck|lock)",
        r"ausfall|ausgefallen|steht still|stillstand|nicht erreichbar|nichts (geht|ladt|lauft|funktioniert)|geht (gar )?nichts|lahmgelegt|alles (steht|down|tot)|niemand kann|keiner (von uns )?kann|komplett weg|produktion steht",
        r"\bpanne\b|hors service|injoignable|indisponible|inaccessible|plus rien ne|rien ne (marche|fonctionne|charge)|tout est (bloque|tombe|mort)|a l.arret|personne ne (peut|parvient|arrive)",
        r"\bcaid[ao]|caida (total|general)|fuera de servicio|inaccesible|no (funciona|carga|responde) nada|nada (funciona|carga|responde)|nadie (puede|logra|consigue)|todo (parado|caido|muerto)|produccion (parada|detenida)|sin servicio",
    ),
    Signal.CHURN: (
        r"competitor|another (vendor|provider|supplier|tool)|other (vendor|provider|supplier)|alternativ|switch(ing)? (to|away)|leav(e|ing) you|moving (away|to)|not (be )?renew|won.t renew|terminat|end (of )?(our|the) (relationship|contract|partnership)|exit|migrat(e|ing) (away|off)|cancel (our|the) (contract|account|subscription|agreement)",
        r"wettbewerb|konkurren|anderen? anbieter|andere losung|wechsel(n)?\b|kundig|nicht verlanger|vertrag (beend|auslaufen)|trennen|abwander|aussteigen|ausstieg",
        r"concurren|autre (prestataire|fournisseur|solution|editeur)|resili|ne (pas|plus) renouvel|changer de|quitter|partir|mettre fin|rompre|alternative",
        r"competencia|otro (proveedor|vendor|sistema)|otra (solucion|herramienta|plataforma)|cambiar(nos)? (de|a)|no (vamos a )?renovar|rescindir|cancelar (el|nuestro) contrato|irnos|dar(nos)? de baja|abandonar|alternativa",
    ),
    Signal.EXECUTIVE: (
        r"\bceo\b|\bcfo\b|\bcto\b|\bcoo\b|\bcio\b|\bciso\b|chief \w+ officer|\bboard\b|chair(man|woman|person)?\b|managing director|vice president|\bvp\b|president\b|executive|on behalf of (our|the) (chief|director|head|manag)",
        r"geschaftsfuhr|vorstand|aufsichtsrat|geschaftsleitung|generaldirekt|verwaltungsrat|\bchefin?\b|prokurist",
        r"\bpdg\b|directeur general|directrice generale|direction generale|conseil d.administration|comite (de direction|executif)|president|\bcodir\b|\bcomex\b|\bdsi\b|\bdaf\b",
        r"director(a)? general|consejo de administracion|comite de direccion|consejer[oa]|gerencia|president[ea]|junta directiva|director(a)? (financier|de tecnolog|ejecutiv)|alta direccion|vicepresident",
    ),
    Signal.MONEY: (
        r"refund|reimburs|credit note|compensat|overcharg|charged (twice|again|wrong)|double.charg|wrong (charge|amount)|dispute|money back|penalt|chargeback|goodwill credit|service credit",
        r"erstatt|ruckzahl|zuruckzahl|gutschrift|doppelt (abgebucht|belastet|berechnet)|zu viel (berechnet|bezahlt|abgebucht)|falsch berechnet|entschadig|geld zuruck|vertragsstrafe|reklam",
        r"rembours|avoir\b|dedommag|indemnis|compens|debite(e|s)? (deux fois|en double|a tort)|preleve(e|s)? (deux fois|en double|a tort)|trop.percu|factur\w+ (deux fois|en double|a tort)|penalite|conteste",
        r"reembols|devol(ucion|ver|uci|uelv)|nota de credito|abono|compens|indemniz|cobr\w+ (dos veces|de mas|doble)|cargo (duplicado|indebido|erroneo)|penaliz|disput",
    ),
    Signal.CONTRACT: (
        r"contract|renewal|renew\b|agreement|\bterms\b|pricing|\bquote\b|procurement|\bdpa\b|\bsla\b|clause|negotiat|addendum|amendment|purchase order|tender|\brfp\b|discount",
        r"vertrag|verlangerung|konditionen|angebot|einkauf|\bavv?\b|klausel|verhandl|rahmen|laufzeit|rabatt|ausschreibung|preis(e|liste|anpassung)|bedingungen",
        r"contrat|renouvel|echeance|conditions|devis|achats|clause|negoci|avenant|tarif|appel d.offres|remise|reconduction",
        r"contrato|renovacion|condiciones|presupuesto|compras|clausula|negoci|anexo|tarifa|licitacion|descuento|vencimiento|prorroga",
    ),
    Signal.REGULATED_DATA: (
        r"patient|medical|health (data|record)|diagnos|card (number|data)|credit.card|\bpci\b|\bhipaa\b|\bgdpr\b|personal data|data subject|minors?\b|child(ren)?.?s|biometric|social security|passport|special categor|erasure|right to be forgotten|subject access",
        r"patient|gesundheitsdat|diagnos|kartennummer|kreditkart|personenbezog|dsgvo|betroffen(e|en) ?(person|auskunft|recht)|auskunft nach|minderjahrig|kinder|sozialversicher|ausweis|befund|loschung (seiner|ihrer|der) daten",
        r"patient|donnees (de sante|medicales|personnelles|sensibles)|dossier(s)? medic|numero(s)? de carte|carte(s)? bancaire|rgpd|mineur|enfant|securite sociale|passeport|droit a l.(oubli|effacement)|demande d.acces",
        r"paciente|datos (de salud|medicos|personales|sensibles)|historia(l|les)? (clinic|medic)|numero(s)? de tarjeta|tarjeta(s)? de credito|rgpd|menores|nin[oa]s|seguridad social|pasaporte|derecho (al olvido|de acceso|de supresion)",
    ),
    Signal.ABUSE: (
        r"idiot|moron|stupid (people|lot|bunch|clown)|imbecile|scum|bastard|\bf+u+c*k+ you|asshole|liars?\b|incompetent (fool|clown|idiot)|useless (people|lot|clown|idiot)|i know where|come (over|to your office|by) (and|with)|\bkill you|beat you|you.ll regret|watch your back|pathetic|clowns?\b|morons|trash people|rot in",
        r"idiot|vollidiot|arschloch|arschlocher|penner|dreckige?s?|\bscheiss.?(laden|firma|typ|verein)|unfahig|lugner|betruger|fresse|ich weiss,? wo (du|sie|ihr)|ich (komme|mach).{0,20}(vorbei|fertig)|verrecken|schlampe|spast|trottel|deppen|versager",
        r"\bcons?\b|connard|connasse|salaud|abruti|imbecile|cretin|incapable|menteur|escroc|je (sais ou|vais venir)|casser la (gueule|figure)|ordure|debile|minable|crever|bande de|pourri",
        r"idiota|imbecil|inutil(es)?\b|mentiros|estupid|hij[oa]s? de|gilipoll|cabron|pendej|boludo|subnormal|basura de (gente|empresa)|se donde|voy a ir|os voy a|te voy a|los voy a|payas[oa]s|sinverguenza|mierda de (gente|empresa)|ladron",
    ),
    Signal.VULNERABLE_PERSON: (
        r"suicid|kill myself|end (it all|my life)|don.?t want to (live|be here|go on)|can.?t (go on|take (it|this) any ?more|cope)|self.harm|hurt myself|passed away|\bdied\b|\bdeath\b|funeral|bereave|ambulance|emergency room|heart attack|in danger|life.threatening|panic attack|depress|hospital|dying|insulin|oxygen|overdose|breakdown|someone could (die|be hurt)",
        r"suizid|selbstmord|umbringen|nicht mehr leben|nicht mehr weiter|kann nicht mehr|tue mir|etwas an(tun)?|verstorben|gestorben|beerdig|trauer|\btod\b|notarzt|notfall|lebensgefahr|herzinfarkt|depress|krankenhaus|panikattacke|verzweifel|todesfall|zusammenbruch|in gefahr",
        r"suicid|me tuer|en finir|plus envie de vivre|je n.en peux plus|a bout\b|decede|mort\b|deuil|obseques|urgence vitale|ambulance|\bsamu\b|crise cardiaque|depress|hopital|danger (de mort|vital)|detresse|desespoir|malaise",
        r"suicid|matarme|quitarme la vida|no quiero (vivir|seguir)|no puedo mas|fallec|murio|muerte|funeral|duelo|ambulancia|emergencia medica|infarto|depresi|hospital|peligro de (muerte|vida)|desesperad|ataque de panico|hacerme dano|urgencias",
    ),
    Signal.HUMAN_REQUEST: (
        r"(speak|talk|chat|connect|transfer).{0,25}(human|person|someone|somebody|agent|representative|real)|real (person|human)|human (being|agent|please|support)|call (me|us)( back)?|phone call|give (me|us) a (call|ring)|not a bot|no (more )?(bots?|robots?|automated)|actual person|live agent|callback|put me through",
        r"mit (einem|einer|jemand\w*|nem).{0,25}(menschen|mensch|person|mitarbeiter|sprechen|reden)|echte[nr]? (mensch|person|mitarbeiter)|ruf(en|t)? (sie |mich |uns |bitte )?(mich |uns )?.{0,10}(an|zuruck)|ruckruf|kein(en)? (bot|roboter|automat)|telefonisch|ansprechpartner",
        r"(parler|discuter|echanger).{0,25}(quelqu.un|personne|humain|conseiller)|(vrai|vraie) (personne|humain|conseiller)|rappel(ez|er)|un humain|etre humain|pas (de|un) (robot|bot)|par telephone|me joindre|appelez",
        r"(hablar|comunicar|conversar|atienda).{0,25}(persona|alguien|humano|agente|asesor)|persona (real|de verdad)|un humano|llam(en|ame|enme|arme|ada)|no (quiero )?(un |mas )?(bot|robot|maquina)|por telefono|pasen con|que me atienda",
    ),
    Signal.INJECTION: (
        r"(ignore|disregard|forget|override|bypass).{0,40}(instruction|rule|previous|prior|guard|polic|prompt|above|restriction|everything)|system prompt|hidden (instruction|prompt)|you are now|act as|pretend (to be|you)|\bjailbreak|developer mode|maintenance mode|reveal your|print your|without (review|approval|human)|(mark|set|classify|treat|flag) (this|me|us|my|the) .{0,40}(vip|strategic|priority|tier)|role.?\W+system|\bassistant\s*:|\bsystem\s*:|as (the|your) (developer|admin)|do not (escalate|involve)|approve (the|my|this) (refund|credit)",
        r"(ignorier|vergiss|missacht|umgeh|uberspring).{0,45}(anweisung|regel|vorherig|bisherig|vorgabe|richtlinie|prufung)|systemprompt|du bist (jetzt|nun|ab sofort)|(stuf|markier|setz|behandl).{0,40}(vip|strategisch|prioritat)|ohne (prufung|freigabe|ruckfrage)|zeig.{0,20}(prompt|anweisungen)|genehmig.{0,30}(erstattung|gutschrift)",
        r"(ignore[zr]?|oublie[zr]?|contourne[zr]?|fais abstraction).{0,45}(instruction|consigne|regle|precedent|directive|garde)|prompt systeme|tu es (maintenant|desormais)|(marque|classe|traite|passe).{0,40}(vip|strategique|priorit)|sans (verification|validation|controle)|(affiche|revele|montre).{0,25}(prompt|instructions|consignes)|(accorde|approuve|valide).{0,30}(remboursement|avoir|credit)",
        r"(ignor[ae]|olvid[ae]|omit[ae]|salt[ae]|desactiv[ae]).{0,45}(instruccion|regla|anterior|previa|politica|directric|restric)|prompt del sistema|(ahora|a partir de ahora) eres|(marca|clasific|trat|pon|registr).{0,40}(vip|estrategic|prioridad)|sin (revision|aprobacion|verificacion)|(muestra|revela|ensena|imprime).{0,25}(prompt|instrucciones)|(aprueb|conced|autoriz).{0,30}(reembolso|devolucion|credito)",
    ),
}
PATTERNS = {signal: tuple(re.compile(stem) for stem in stems) for signal, stems in STEMS.items()}


def keyword_signals(plain: str) -> frozenset[Signal]:
    """A signal is raised as soon as a stem of it is met."""
    return frozenset(signal for signal, patterns in PATTERNS.items() if any(pattern.search(plain) for pattern in patterns))
