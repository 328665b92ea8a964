"""Given names from many countries, in the letters a to z, and their letters in pairs: lesson 00b counts them, and the
tiny model of lesson 00c learns from them.

The list was written for this course and is dedicated to the public domain (CC0 1.0). `.` stands before the first letter
of a name and behind the last one.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

LETTERS = ".abcdefghijklmnopqrstuvwxyz"

_TEXT = """
aaron abel abigail ada adam adela adele adrian agatha agnes ahmed aida aiko aileen aisha akira alan alana albert
alberto alden alec alessandra alex alexa alexander alexandra alexis alfred alice alicia alina alison allan alma
alvaro alvin alvina amadeus amal amalia amanda amara amber amelia amina amir amira amos amy ana anastasia andre
andrea andreas andrew angela angelina angelo anika anita ann anna annabel anne annette annika ansel anselm
anthea anthony antoine anton antonia antonio anya april ariana ariel arlo armand arnold arthur arturo asa asha
ashley astrid athena aubrey audrey august aurora austin ava avery axel aya ayla barbara barnabas barry
bartholomew basil beatrice beatrix bella ben benedict benjamin bennett benno bernard bernice bert bertha beth
bethany bianca billie birgit bjorn blaise blake blanche bonnie boris brad brandon brenda brendan brian brianna
bridget brigitte bruce bruno bryan caleb calvin camila camilla camille cara carina carl carla carlo carlos
carmen carol carolina caroline carson casimir casper cassandra catalina caterina catherine cecil cecilia cedric
celeste celia celine cesar charlene charles charlotte chelsea chester chiara chloe christian christina christine
christopher clara clarence clarissa claude claudia clemens clement cleo clifford clive clyde cody colette colin
conrad constance cora coral cordelia corinna cornelia cosima craig cynthia cyril daisy dalia damian damon dan
dana daniel daniela danielle daphne daria darius darren dave david dawn dean deborah declan delia delphine denis
denise derek desmond diana diego dieter dimitri dina dolores dominic donald donna dora doreen doris dorothea
dorothy douglas duncan dustin dylan earl eddie eden edgar edith edmund edna eduardo edward edwin eileen elaine
eleanor elena eleni eli elias elijah elin elinor elisa elisabeth elise eliza elizabeth ella ellen elliot elmer
eloise elsa elvira emanuel emil emilia emiliano emily emma emmanuel enid enrico enrique eric erica erik erin
ernest esme esteban estelle esther ethan ethel eugene eunice eva evan evangeline eve evelyn ewan ezra fabian
fabio faith farah fatima faye felicia felicity felix ferdinand fernando fiona flavia fleur flora florence
florian frances francesca francine francis francisco frank frankie franz fraser fred freda frederick freya frida
fritz gabriel gabriela gail gareth gary gavin gemma genevieve geoffrey george georgia georgina gerald geraldine
gerard gertrude gianna gideon gilbert giles gina ginevra giorgio giovanni giselle gita giulia gladys glenn
gloria gordon grace graham grant gregory greta gretchen guido gunther gustav gwen gwendolyn hakim hana hannah
hans harold harriet harris harrison harry harvey hassan hattie hazel heath heather hector heidi helen helena
helga henri henrietta henrik henry herbert herman hermine hilary hilda hiro holly homer hope horace howard
hubert hugh hugo humphrey ian ibrahim ida idris ignatius igor ilse imani imogen ina india ines inga ingrid inigo
iona ira irene irina iris irma irving isaac isabel isabella isadora isaiah isla ismael isolde ivan ivo ivy jack
jackson jacob jacqueline jade jaime jake jamal james jamila jan jana jane janet janice jared jasmine jason
jasper javier jean jeanette jeffrey jemima jennifer jenny jeremiah jeremy jerome jesse jessica jethro jill
joachim joan joanna joaquin joel johan johanna john johnny jolanda jon jonah jonas jonathan jordan jorge joseph
josephine joshua joy joyce juan juanita judith julia julian juliana julie juliet julio julius june justin
justine kai kamal kamila kara karen karim karin karina karl karla kaspar kate katharina katherine kathleen
katrina kay keiko keira keith kelly kelvin ken kendra kenji kenneth kerstin kevin khadija kieran kim kirsten
klara klaus konrad kristin kurt kyle kyra lachlan laila lana lance lara larissa lars laszlo laura lauren
laurence lavinia lawrence layla lea leah leander leila lena lennart leo leon leona leonard leonardo leonie
leonora leopold leroy leslie lester leticia lewis liam lida lidia lila lilian liliana lily lina linda linnea
linus lionel lisa livia liz lloyd lois lola lora lorena lorenzo loretta lorraine lotte louis louisa louise luca
lucas lucia lucian luciana lucille lucinda lucy ludwig luis luke luna luther lydia lyle mabel maddox madeleine
madison magda magdalena maggie magnus maia malcolm malika malin manfred manuel manuela mara marc marcel marcella
marcia marco marcus margaret margarita margot maria mariam marian mariana marianne marie marika marilyn marina
mario marion marisa marissa marius marjorie mark marlene marlon marta martha martin martina marvin mary mason
matilda matteo matthew matthias maud maureen maurice mauro max maxine maxwell maya megan melanie melinda melissa
melody mercedes meredith mia michael michaela michelle miguel mika mila milan mildred milena miles millicent
milo milton mina minerva mira mirabel miranda miriam mitchell mohammed moira mona monica monique morgan moritz
morris moses muriel myra nadia nadine nancy naomi natalia natalie natasha nathan nathaniel ned neil nell nellie
nelson nerys nestor neville nicholas nicola nicole nigel nikita nikolai nils nina noah noel noelle noemi nora
norbert noreen norma norman nuala octavia odette olaf olga oliver olivia olympia omar ophelia orlando oscar
oswald otis otto owen pablo paloma pamela paola patience patricia patrick paul paula paulina pauline pearl pedro
peggy penelope percy perry petra petronella philip philippa phoebe phyllis pia pierre polly portia priscilla
priya quentin quincy rachel rafael ralph ramon ramona randolph raoul raphael rashid raul raymond rebecca regina
reginald renata rene reuben rex rhea rhoda rhys ricardo richard rita robert roberta roberto robin rocco roderick
rodney rodrigo roger roland roman romeo ronald rory rosa rosalie rosalind rosamund rose rosemary rosie ross
rowan roxana roy ruben ruby rudolf rufus rupert russell ruth ryan sabina sabrina sadie saga salma salome
salvador sam samantha samira samuel sandra santiago sara sarah sasha saul savannah scott sean sebastian selena
selma serena sergio seth shannon sharon sheila shirley sibyl sidney sienna sierra sigrid silas silvia simon
simone sofia solomon sonia sophia sophie spencer stanley stefan stefanie stella stephanie stephen steven stuart
sue susan susanna sven sybil sylvester sylvia tabitha talia tamara tamsin tania tara tatiana ted teodor terence
teresa tessa thaddeus thalia thea theo theodora theodore theresa thomas tiffany tilda tim timothy tina titus
tobias toby todd tom tomas tony torsten tracy travis trevor tristan trudy tyler ulrich ulrike una ursula
valentin valentina valerie vanessa vaughan vera verity vernon veronica victor victoria vincent viola violet
virgil virginia vivian vivienne vladimir wallace walter wanda warren wayne wendy werner wesley wilfred wilhelm
wilhelmina willa william willow wilma winifred winston wolfgang wyatt xavier xenia yara yasmin yolanda yusuf
yvette yvonne zachary zadie zara zelda zoe zora
"""

NAMES = tuple(_TEXT.split())


def pairs(names: Sequence[str], context: int) -> tuple[Tensor, Tensor]:
    """Every place of every name: the letters before it, and the letter that stands there.

    Returns:
        ids [N, context] and ids [N].
    """
    inputs, targets = [], []
    for name in names:
        ids = [LETTERS.index(letter) for letter in f"{'.' * context}{name}."]
        for place in range(context, len(ids)):
            inputs.append(ids[place - context : place])
            targets.append(ids[place])
    return torch.tensor(inputs), torch.tensor(targets)
